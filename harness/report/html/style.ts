/** The page's style: light and dark by the reader's preference, light in print. */
export const style = `
:root { color-scheme: light dark; --paper:#fff; --ink:#23262b; --soft:#5c636d; --grid:#dcdfe4; --card:#f6f7f9; --pass:#1f7a4d; --fail:#b3261e; --open:#8a5a00; --gate:#1d5fa6; --big:#eda45c; --hatch:#8a4b10; --other:#b9b3d3; --s0:#1f6fb8; --s1:#c2560c; --s2:#13795f; --s3:#a8327f; --s4:#7d6a00; --s5:#5b50b5; --s6:#b03a35; --s7:#4c6a74; }
@media (prefers-color-scheme: dark) { :root { --paper:#15181c; --ink:#e4e6ea; --soft:#9ba3af; --grid:#353a42; --card:#1d2127; --pass:#5fce97; --fail:#ff8a80; --open:#f0bf60; --gate:#69aef0; --big:#d9802e; --hatch:#ffd9b3; --other:#6f6893; --s0:#6db3f2; --s1:#f0944d; --s2:#4cc5a2; --s3:#e782c3; --s4:#cdb53c; --s5:#a69cf5; --s6:#f28b84; --s7:#9dbbc6; } }
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
.problems { list-style: none; margin: 1rem 0; padding: 0; } .problems li { margin: .6rem 0; padding: .45rem .8rem; border-left: 4px solid var(--fail); background: var(--card); overflow-wrap: anywhere; }
.facts { margin: 1rem 0; font-size: .92em; } .facts div { display: flex; gap: .8rem; margin: .15rem 0; } .facts dt { flex: 0 0 5.5rem; color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }
nav { margin: .6rem 0; } nav a { display: inline-block; max-width: 100%; margin-right: .9rem; color: inherit; }
.scroll { overflow-x: auto; margin: .8rem 0; }
.scroll:focus-visible { outline: 2px solid currentColor; }
table { border-collapse: collapse; font-size: .83rem; font-variant-numeric: tabular-nums; min-width: 40%; }
caption { position: sticky; left: 0; text-align: left; font-weight: 600; padding: .3rem 0; max-width: min(82ch, calc(100vw - 1.8rem)); }
th { text-align: left; vertical-align: bottom; font-weight: 600; } thead th { color: var(--soft); max-width: 9.5rem; border-bottom: 1.5px solid var(--grid); padding: .25rem .6rem .25rem 0; }
td, tbody th { border-bottom: 1px solid var(--grid); padding: .22rem .6rem .22rem 0; vertical-align: top; overflow-wrap: break-word; }
tbody th { position: sticky; left: 0; z-index: 1; background: var(--paper); }
th.n, td.n { text-align: right; padding-left: .4rem; } td, tbody th { white-space: nowrap; } td.p, tbody th.p { white-space: normal; min-width: 6rem; overflow-wrap: anywhere; }
td small { display: block; color: var(--soft); font-weight: 400; font-size: .88em; }
td.pass { color: var(--pass); } td.fail, td.error { color: var(--fail); font-weight: 700; } td.inconclusive { color: var(--open); font-weight: 700; }
td.verdict { text-transform: uppercase; font-size: .8rem; font-weight: 700; }
td.strong { font-weight: 600; } td.best { font-weight: 700; color: var(--pass); }
@media (max-width: 600px) {
  body { padding: .8rem; } td.p { min-width: 9rem; } tbody th { max-width: 38vw; white-space: normal; overflow-wrap: anywhere; }
}
@media screen and (max-width: 860px) {
  .cards, .cards tbody, .cards tr, .cards th, .cards td, .cards caption { display: block; max-width: none; } .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards tr { border-left: 4px solid var(--grid); padding: .2rem .7rem; margin: .6rem 0; background: var(--card); } .cards td, .cards tbody th { border: 0; padding: .08rem 0; text-align: left; white-space: normal; min-width: 0; position: static; background: none; overflow-wrap: anywhere; }
  .cards td::before { content: attr(data-head) ": "; color: var(--soft); font-weight: 400; text-transform: none; } .cards td.verdict::before { content: none; } .cards td small { display: inline; }
}
table.tight { font-size: .68rem; } .tight th, .tight td { padding: .1rem .15rem; } .tight td.n { min-width: 1.35rem; } .tight tbody th { max-width: 11rem; overflow: hidden; text-overflow: ellipsis; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 590px), 1fr)); gap: 0 1.5rem; }
.pair table { font-size: .8rem; } .pair th, .pair td { padding-right: .35rem; } .pair th.n, .pair td.n { padding-left: .2rem; }
figure { margin: 1.1rem 0; } figcaption { font-weight: 600; margin-bottom: .2rem; }
.defs { position: absolute; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 1rem 1.6rem; }
.panel-head { font-weight: 600; margin: .6rem 0 .1rem; } .axis { color: var(--soft); font-size: .8rem; margin: .1rem 0; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .85rem; margin: .2rem 0; max-width: none; } .key { vertical-align: -2px; }
.plot { display: block; overflow: visible; } .plot text { font-size: 12px; fill: var(--ink); stroke: none; } .plot svg.whisker, .plot svg.free { overflow: visible; }
.plot .end { text-anchor: end; } .plot .mid { text-anchor: middle; } .plot .figure { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.grid line { stroke: var(--grid); } .whisker { stroke: var(--ink); fill: none; } .zero { stroke: var(--ink); }
.gate { fill: var(--gate); } .big { fill: var(--big); } .other { fill: var(--other); } .hatching { stroke: var(--hatch); fill: none; } .part.big { fill: url(#hatch); } .part { stroke: var(--ink); stroke-width: .5; }
.s0 { fill: var(--s0); } .s1 { fill: var(--s1); } .s2 { fill: var(--s2); } .s3 { fill: var(--s3); } .s4 { fill: var(--s4); } .s5 { fill: var(--s5); } .s6 { fill: var(--s6); } .s7 { fill: var(--s7); }
.ghost { opacity: .22; } .column { opacity: .45; } .column.best { opacity: 1; } .least { fill: var(--paper); stroke: var(--ink); }
.line { fill: none; stroke: var(--gate); stroke-width: 1.3; vector-effect: non-scaling-stroke; } .line-1 { stroke: var(--s1); stroke-dasharray: 6 3; } .area { fill: var(--gate); opacity: .15; }
.stretch { vector-effect: non-scaling-stroke; stroke-width: 1; } .stretch.gate { stroke: var(--gate); } .stretch.big { stroke: var(--big); } .stretch.other { stroke: var(--other); } .plot .lane { font-size: 11px; }
.viewer { display: flex; flex-wrap: wrap; gap: .4rem .6rem; align-items: baseline; font-size: .85rem; margin: .3rem 0 1.2rem; } .viewer output { flex: 1 1 100%; font-variant-numeric: tabular-nums; } .viewer button, .viewer select { font: inherit; }
.selection { fill: var(--open); opacity: .25; } .cursor { stroke: var(--fail); } figure[data-trace] .plot { touch-action: pan-y; } .plot:focus-visible { outline: 2px solid currentColor; outline-offset: 4px; }
pre { background: var(--card); padding: .6rem .9rem; border-radius: 6px; overflow-x: auto; }
summary { cursor: pointer; color: var(--soft); }
#provenance td { overflow-wrap: anywhere; }
@page { size: A4 landscape; margin: 10mm; }
@media print {
  :root { color-scheme: light; --paper:#fff; --ink:#000; --soft:#444; --grid:#ccc; --card:#f4f4f4; --pass:#1f7a4d; --fail:#b3261e; --open:#8a5a00; }
  body { max-width: none; padding: 0; font-size: 11px; } nav, .viewer { display: none; } .panels { grid-template-columns: repeat(3, 1fr); }
  figure, tr, .loud, .warn { break-inside: avoid; } h2, caption, figcaption { break-after: avoid; }
  .scroll { overflow: visible; } table { font-size: 8.5px; } tbody th { position: static; } .badge, td, .loud { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
