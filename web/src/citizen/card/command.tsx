/** What is typed into a terminal. */
export function Command({ children }: { children: string }) {
  return (
    <code class="command" translate={false}>
      {children}
    </code>
  )
}
