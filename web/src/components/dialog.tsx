import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

interface Props {
  id: string
  title: string
  /** What it asks is loaded later than it opens: the dialog itself takes the focus, not what stands there first. */
  waits?: boolean
  /** Hides the page behind it. */
  opaque?: boolean
  onCancel(): void
  children: ComponentChildren
}

/** A question over the page. Its first control takes the focus; when it closes, the focus is back where it was. */
export function Dialog({ id, title, waits = false, opaque = false, onCancel, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const opened = dialog.current
    const before = document.activeElement
    opened?.showModal()
    if (waits) opened?.focus()
    return () => {
      opened?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      class={opaque ? 'dialog dialog--opaque' : 'dialog'}
      ref={dialog}
      aria-labelledby={`${id}-title`}
      tabIndex={-1}
      onCancel={(event) => {
        event.preventDefault()
        onCancel()
      }}
    >
      <h2 class="heading-m" id={`${id}-title`}>
        {title}
      </h2>
      {children}
    </dialog>
  )
}
