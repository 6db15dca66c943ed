/** What the rest of the bundle may use of this folder, by way of `CardPart`. */
export { CardGuide } from './guide'
export { CardSignIn } from './sign-in'
