/** The page's style: light and dark by the reader's preference, light in print. */
export const style = `
:root { color-scheme: light dark; --paper:#fff; --ink:#23262b; --soft:#5c636d; --grid:#dcdfe4; --card:#f6f7f9; --pass:#1f7a4d; --fail:#b3261e; --open:#8a5a00; }
@media (prefers-color-scheme: dark) { :root { --paper:#15181c; --ink:#e4e6ea; --soft:#9ba3af; --grid:#353a42; --card:#1d2127; --pass:#5fce97; --fail:#ff8a80; --open:#f0bf60; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 1280px; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: .2rem 0 .4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .5rem; padding-bottom: .25rem; border-bottom: 2px solid var(--grid); }
h3 { font-size: 1rem; }
p { max-width: 82ch; margin: .35rem 0; }
.note, .brand { color: var(--soft); font-size: .92em; }
.brand { letter-spacing: .08em; margin: 0; }
header { border-left: 6px solid var(--open); padding: .2rem 0 .2rem 1rem; }
header.pass { border-color: var(--pass); } header.fail, header.error { border-color: var(--fail); }
.badge { display: inline-block; padding: .05em .55em; border-radius: 4px; color: #fff; background: #8a5a00; font-size: .85em; }
.badge.pass { background: #1f7a4d; } .badge.fail, .badge.error { background: #b3261e; }
.word { border: 1px solid var(--grid); background: var(--card); border-radius: 6px; padding: .5rem .8rem; max-width: none; }
.loud { margin: 1rem 0; padding: .8rem 1.1rem; border: 4px solid #b3261e; border-radius: 8px; background: #fff3c4; color: #3b2a00; }
.loud strong { font-size: 1.35rem; letter-spacing: .05em; }
.warn { margin: .6rem 0; padding: .45rem .8rem; border-left: 4px solid var(--open); background: var(--card); }
@media (max-width: 600px) { body { padding: .8rem; } figure svg { min-width: 640px; } figure { overflow-x: auto; } td.p { min-width: 9rem; } }
.problems { list-style: none; margin: 1rem 0; padding: 0; } .problems li { margin: .6rem 0; padding: .45rem .8rem; border-left: 4px solid var(--fail); background: var(--card); overflow-wrap: anywhere; }
.facts { margin: 1rem 0; font-size: .92em; } .facts div { display: flex; gap: .8rem; margin: .15rem 0; } .facts dt { flex: 0 0 5.5rem; color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }
nav { margin: .6rem 0; } nav a { display: inline-block; max-width: 100%; margin-right: .9rem; color: inherit; }
.scroll { overflow-x: auto; margin: .8rem 0; }
.scroll:focus-visible { outline: 2px solid currentColor; }
.scroll th:first-child, .scroll td:first-child { position: sticky; left: 0; background: var(--paper); z-index: 1; }
table { border-collapse: collapse; font-size: .83rem; font-variant-numeric: tabular-nums; min-width: 40%; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th { text-align: left; vertical-align: bottom; font-weight: 600; color: var(--soft); max-width: 9.5rem; border-bottom: 1.5px solid var(--grid); padding: .25rem .6rem .25rem 0; }
td { border-bottom: 1px solid var(--grid); padding: .22rem .6rem .22rem 0; vertical-align: top; overflow-wrap: break-word; }
th.n, td.n { text-align: right; padding-left: .4rem; } td { white-space: nowrap; } td.p { white-space: normal; min-width: 6rem; }
td.pass { color: var(--pass); } td.fail, td.error { color: var(--fail); font-weight: 700; } td.inconclusive { color: var(--open); font-weight: 700; }
td.verdict { text-transform: uppercase; font-size: .8rem; font-weight: 700; }
td.strong { font-weight: 600; } td.best { font-weight: 700; color: var(--pass); }
table.tight { font-size: .68rem; } .tight th, .tight td { padding: .1rem .15rem; } .tight td.n { min-width: 1.35rem; } .tight td:first-child { max-width: 11rem; overflow: hidden; text-overflow: ellipsis; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 590px), 1fr)); gap: 0 1.5rem; }
.pair table { font-size: .8rem; } .pair th, .pair td { padding-right: .35rem; } .pair th.n, .pair td.n { padding-left: .2rem; }
figure { margin: 1.1rem 0; } figcaption { font-weight: 600; margin-bottom: .2rem; }
figure svg { display: block; width: 100%; height: auto; }
pre { background: var(--card); padding: .6rem .9rem; border-radius: 6px; overflow-x: auto; }
summary { cursor: pointer; color: var(--soft); }
#provenance td { overflow-wrap: anywhere; }
@page { size: A4 landscape; margin: 10mm; }
@media print {
  :root { color-scheme: light; --paper:#fff; --ink:#000; --soft:#444; --grid:#ccc; --card:#f4f4f4; --pass:#1f7a4d; --fail:#b3261e; --open:#8a5a00; }
  body { max-width: none; padding: 0; font-size: 11px; } nav { display: none; }
  figure, tr, .loud, .warn { break-inside: avoid; } h2, caption, figcaption { break-after: avoid; }
  .scroll { overflow: visible; } table { font-size: 8.5px; } .badge, td, .loud { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
