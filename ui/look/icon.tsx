// The icons: 16 px, 1.5 px stroke, painted with the colour of the text. A second path is filled.
const disc = (x: number, y: number, r: number) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`

const icons = {
  check: ['M3.5 8.5l3 3 6-7'],
  half: [disc(8, 8, 5.5), 'M8 2.5a5.5 5.5 0 0 0 0 11z'],
  ring: ['M13.5 8a5.5 5.5 0 0 1-.7 2.7M11 12.6a5.5 5.5 0 0 1-2.3.9M6 13.1a5.5 5.5 0 0 1-2-1.3M2.7 9.4a5.5 5.5 0 0 1 0-2.8M4 4.2a5.5 5.5 0 0 1 2-1.3M8.7 2.5a5.5 5.5 0 0 1 2.3.9M12.8 5.3A5.5 5.5 0 0 1 13.5 8'],
  clock: [disc(8, 8, 6) + 'M8 4.6V8l2.4 1.6'],
  query: ['M2.5 3.5h11v7.5H8l-3 2.7V11H2.5zM8 5.2v2.4M8 9.2v.1'],
  pen: ['M2.8 13.2l.6-2.8 7.3-7.3 2.2 2.2-7.3 7.3zM9.3 4.5l2.2 2.2'],
  dash: ['M5 8h6'],
  warn: ['M8 2.3l6.2 11H1.8zM8 6.5v3M8 11.3v.1'],
  alert: [disc(8, 8, 6) + 'M8 4.8v3.6M8 10.9v.1'],
  info: [disc(8, 8, 6) + 'M8 7.4v3.8M8 4.9v.1'],
  search: [disc(7, 7, 4.3) + 'M10.3 10.3l3.4 3.4'],
  chev: ['M4.5 6.3L8 9.8l3.5-3.5'],
  right: ['M6.2 4.2L10 8l-3.8 3.8'],
  left: ['M9.8 4.2L6 8l3.8 3.8'],
  up: ['M8 13V3.5M4 7.2l4-4 4 4'],
  down: ['M8 3v9.5M4 8.8l4 4 4-4'],
  x: ['M4 4l8 8M12 4l-8 8'],
  plus: ['M8 3v10M3 8h10'],
  more: ['M3.5 8h.1M8 8h.1M12.5 8h.1'],
  people: [disc(6, 5.3, 2.4) + 'M1.6 13.4c.3-2.8 2-4.2 4.4-4.2s4.1 1.4 4.4 4.2M10.6 3.2a2.3 2.3 0 0 1 0 4.3M12 9.7c1.5.5 2.3 1.8 2.5 3.7'],
  form: ['M3.5 1.8h6l3 3v9.4h-9zM5.7 7h4.6M5.7 9.3h4.6M5.7 11.6h2.6'],
  pulse: ['M1.5 8.5h3l1.7-5 3.2 9 1.8-4h3.3'],
  flag: ['M3.5 14V2.5M3.5 3h8.6l-2 3 2 3H3.5'],
  help: [disc(8, 8, 6) + 'M6.2 6.4a1.9 1.9 0 1 1 2.6 1.8c-.6.2-.8.6-.8 1.2M8 11.4v.1'],
  history: ['M2.3 8a5.7 5.7 0 1 0 1.8-4.1L2.4 5.4M2.3 2.3v3.2h3.2M8 4.9V8l2.2 1.4'],
  moon: ['M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z'],
  sun: [disc(8, 8, 3) + 'M8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1'],
  screen: ['M2 3h12v8H2zM6 13.5h4M8 11v2.5'],
  rows: ['M2.5 3.5h11M2.5 6.5h11M2.5 9.5h11M2.5 12.5h11'],
  branch: ['M4 2.5v6a2.5 2.5 0 0 0 2.5 2.5H12M9.6 8.4L12.2 11l-2.6 2.6'],
  cloud: ['M4.6 12.8a3.1 3.1 0 0 1-.3-6.2 4 4 0 0 1 7.7.9 2.7 2.7 0 0 1-.3 5.3M8 13.5V8.6M6 10.4l2-2 2 2'],
  shield: ['M8 1.8l5 1.9v4.1c0 3.2-2.1 5.2-5 6.4-2.9-1.2-5-3.2-5-6.4V3.7z'],
  filter: ['M2 3.5h12L9.5 8.8v4L6.5 11V8.8z'],
  tool: ['M6 2.5v4.2L2.6 13a.6.6 0 0 0 .5 1h9.8a.6.6 0 0 0 .5-1L10 6.7V2.5M5 2.5h6'],
  mail: ['M2 3.5h12v9H2zM2.3 4l5.7 4.6L13.7 4'],
  flask: ['M6 1.8h4M6.8 1.8v4.4L3 12.6a1 1 0 0 0 .9 1.6h8.2a1 1 0 0 0 .9-1.6L9.2 6.2V1.8M4.6 10h6.8'],
  out: ['M9.5 2.5h-6v11h6M7 8h7M11.5 5.3L14.2 8l-2.7 2.7'],
  key: [disc(5, 11, 2.8) + 'M7 9l6-6M10.6 5.4l1.8 1.8'],
} satisfies Record<string, [stroke: string, fill?: string]>

export type IconName = keyof typeof icons

export function Icon({ name, class: more = '' }: { name: IconName; class?: string }) {
  const [stroke, fill] = icons[name] as [string, string?]
  return <svg class={`i ${more}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d={stroke} />{fill && <path class="fill" d={fill} />}
  </svg>
}
