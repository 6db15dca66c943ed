/** What an installation may want to change. */
export const HELP = {
  phone: '0 322 000 000',
  phoneHref: 'tel:+995322000000',
  email: 'dakhmareba@karibche.example',
}
