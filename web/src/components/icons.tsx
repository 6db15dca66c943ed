/** Line icons, 24 × 24, stroke 1.75. They stand beside words and are hidden from screen readers. */
const PATHS = {
  'alert': 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7.5v5.5M12 16.5v.01',
  'attachment': 'm20 11.5-8.2 8.2a5 5 0 0 1-7-7l8.4-8.4a3.3 3.3 0 0 1 4.7 4.7l-8.3 8.3a1.7 1.7 0 0 1-2.4-2.4l7.6-7.5',
  'book': 'M12 7v13M12 7C10.5 5.2 8 4.5 3 4.5v13c5 0 7.5.7 9 2.5 1.5-1.8 4-2.5 9-2.500v-13c-5 0-7.5.7-9 2.500Z',
  'briefcase': 'M4 8h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1ZM9 8V5.500a1 1 0 0 1 1-1h4a1 1 0 0 1 1 1V8M3 13h18M12 12v2.5',
  'building': 'M3 20.500h18M4.5 10h15L12 4.5 4.5 10ZM6.5 10v7.500M10.2 10v7.500M13.8 10v7.500M17.5 10v7.500M4.5 17.500h15',
  'card': 'M4 5h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1ZM7 9.500h4v4H7zM14.5 9.500H18M14.5 13H18',
  'check': 'm4.5 12.5 5 5 10-11',
  'chevron-down': 'm6 9.5 6 6 6-6',
  'clock': 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3.3 2',
  'close': 'M6 6l12 12M18 6 6 18',
  'document': 'M6 3h8l4.5 4.500V20a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1ZM14 3v5h4.500M8.5 12.500h6.500M8.5 16.500h6.5',
  'download': 'M12 4v11M7.5 11l4.5 4.5 4.5-4.500M4 16.500V20h16v-3.5',
  'drop': 'M12 3.500c3.2 4 5.5 7 5.5 10.300a5.5 5.5 0 0 1-11 0C6.5 10.5 8.8 7.5 12 3.500ZM9.5 14.500a2.5 2.5 0 0 0 2 2',
  'fine': 'M6 3.500h12V21l-3-2-3 2-3-2-3 2V3.500ZM12 8v4.500M12 15.500v.01',
  'globe': 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3 12h18M12 3c2.5 2.6 3.7 5.6 3.7 9s-1.2 6.4-3.7 9c-2.5-2.6-3.7-5.6-3.7-9S9.5 5.6 12 3Z',
  'heart': 'M12 20.500C6 16.5 3 13 3 9.300A4.6 4.6 0 0 1 12 7.600a4.6 4.6 0 0 1 9 1.700c0 3.7-3 7.2-9 11.200ZM12 9.500v5M9.5 12h5',
  'home': 'M3.5 11.5 12 4l8.5 7.500M6 9.500V20h12V9.500M10 20v-5.500h4V20',
  'inbox': 'M4 5.500h16a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1ZM3.5 7l8.5 6.500L20.5 7',
  'lock': 'M6 10.500h12a1 1 0 0 1 1 1V20a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-8.500a1 1 0 0 1 1-1ZM8 10.500V7.500a4 4 0 0 1 8 0v3M12 14.500v2.5',
  'menu': 'M4 6.500h16M4 12h16M4 17.500h16',
  'money': 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.5 16.500h7.500M8.7 13a3.5 3.5 0 1 1 6.8 0M10.8 9.700V13M13.3 9.700V13',
  'password': 'M4 7h16a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1ZM7.7 12v.01M12 12v.01M16.3 12v.01',
  'pencil': 'm4.5 19.5.7-4L16 4.700a1.5 1.5 0 0 1 2.1 0l1.2 1.200a1.5 1.5 0 0 1 0 2.100L8.5 18.800l-4 .700ZM14 6.700l3.3 3.3',
  'people': 'M8.5 11.500a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.600ZM2.5 20a6 6 0 0 1 12 0M17 12.500a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.600ZM17 15.500a4.5 4.5 0 0 1 4.5 4.5',
  'person': 'M12 12a3.8 3.8 0 1 0 0-7.600A3.8 3.8 0 0 0 12 12ZM5 20.500a7 7 0 0 1 14 0',
  'printer': 'M7 8.500V4h10v4.500M7 17H4.500a1 1 0 0 1-1-1v-6.500a1 1 0 0 1 1-1h15a1 1 0 0 1 1 1V16a1 1 0 0 1-1 1H17M7 14h10v6.500H7V14Z',
  'search': 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.500l5 5',
  'send': 'M20.5 3.5 3.5 10l7 3.5 3.5 7 6.5-17ZM10.5 13.500l10-10',
  'umbrella': 'M12 3.500V2.500M3.5 12.500a8.5 8.5 0 0 1 17 0h-17ZM12 12.500v6a2 2 0 0 0 4 0',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, class: className = '' }: { name: IconName; class?: string }) {
  return (
    <svg class={`icon ${className}`.trim()} viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}

/** The mark of the portal: an arch with a light in it. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 40 40" width="40" height="40" aria-hidden="true" focusable="false">
      <path class="mark__light" d="M13 35V19a7 7 0 0 1 14 0v16z" />
      <path class="mark__line" d="M6 35V19a14 14 0 0 1 28 0v16M1.5 35.500h37" />
    </svg>
  )
}
