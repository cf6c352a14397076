/// The page's one style sheet; its hash stands in the page's security policy.
enum PageStyle {
  static let css = #"""
    :root {
      color-scheme: light dark;
      --page: #f6f7f8; --paper: #ffffff; --text: #1b2026; --soft: #56606b; --line: #d9dee3;
      --link: #0a58a8; --hover: #eef2f6; --added: #e3f4e8; --removed: #fbe6e5;
      --switched: #1f8a54; --imap: #4d86c6; --left: #c98a12; --undone: #8b74bd; --blocked: #c0473f;
      --unsettled: #a1307f; --back: #a87440; --missing: #858d96;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #15181c; --paper: #1d2126; --text: #e7eaee; --soft: #a4aeb9; --line: #363d45;
        --link: #7db6f5; --hover: #272d34; --added: #17382a; --removed: #43221f;
        --switched: #49b980; --imap: #6ea6e2; --left: #dda63c; --undone: #a996d6; --blocked: #e0706a;
        --unsettled: #d56db4; --back: #c9965f; --missing: #929ba5;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--page); color: var(--text);
      font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
    }
    .skip { position: absolute; left: -100em; }
    .skip:focus { left: 1em; top: 1em; padding: .4em .8em; background: var(--paper); }
    header, main, footer { max-width: 96rem; margin: 0 auto; padding: 0 1.5rem; }
    header { padding-top: 2rem; }
    footer { padding-bottom: 3rem; color: var(--soft); font-size: .9em; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
    h2 { font-size: 1.15rem; margin: 0 0 .6rem; }
    p { margin: .4rem 0; max-width: 70ch; }
    .soft, caption { color: var(--soft); }
    a { color: var(--link); }
    nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: 0; margin: .8rem 0 0; }
    section {
      background: var(--paper); border: 1px solid var(--line); border-radius: 8px;
      padding: 1.2rem 1.4rem; margin: 1.2rem 0;
    }
    .headline { font-size: 1.25rem; margin: 0 0 .8rem; }
    .headline strong { font-size: 1.7rem; }
    .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem 2.5rem; }
    .scroll { overflow-x: auto; margin-bottom: .8rem; }
    svg { display: block; width: 100%; height: auto; }
    .bar { height: 26px; border-radius: 5px; margin-bottom: 1rem; }
    table { border-collapse: collapse; width: 100%; font-size: .93em; }
    caption { text-align: left; padding: .2rem 0 .4rem; }
    th, td { text-align: left; padding: .32rem .7rem .32rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
    thead th { border-bottom: 2px solid var(--line); font-weight: 600; vertical-align: bottom; }
    tbody th { font-weight: normal; }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    thead .number { white-space: normal; min-width: 5rem; }
    .key { display: inline-block; width: .75em; height: .75em; border-radius: 2px; margin-right: .5em; }
    .key.switched { background: var(--switched); } .key.imap { background: var(--imap); }
    .key.left { background: var(--left); } .key.undone { background: var(--undone); }
    .key.blocked { background: var(--blocked); } .key.unsettled { background: var(--unsettled); }
    .key.back { background: var(--back); } .key.missing { background: var(--missing); }
    rect.switched { fill: var(--switched); } rect.imap { fill: var(--imap); }
    rect.left { fill: var(--left); } rect.undone { fill: var(--undone); }
    rect.blocked { fill: var(--blocked); } rect.unsettled { fill: var(--unsettled); }
    rect.back { fill: var(--back); } rect.missing { fill: var(--missing); }
    .area { fill: var(--switched); fill-opacity: .18; } .curve { fill: none; stroke: var(--switched); stroke-width: 2.2; stroke-linejoin: round; }
    .grid { stroke: var(--line); } .goal { stroke: var(--soft); stroke-dasharray: 5 4; }
    svg text { fill: var(--soft); font-size: 12px; }
    details summary { cursor: pointer; color: var(--link); }
    .controls { display: flex; flex-wrap: wrap; gap: .8rem 1.2rem; align-items: end; margin-bottom: .6rem; }
    .controls label { display: block; font-size: .88em; color: var(--soft); }
    input, select, button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: 5px; padding: .3rem .6rem; }
    input[type=search] { width: min(24rem, 80vw); }
    button { cursor: pointer; }
    button:hover:enabled { background: var(--hover); }
    button:disabled { color: var(--soft); border-color: var(--line); cursor: default; }
    :focus-visible { outline: 3px solid var(--link); outline-offset: 1px; }
    section:not(#homes) table { max-width: 58rem; }
    section > svg[role=img] { max-width: 58rem; margin-bottom: .6rem; }
    #accounts { min-width: 70rem; font-size: .86em; }
    #accounts td { overflow-wrap: break-word; }
    #accounts td.wide { min-width: 10.5rem; max-width: 20rem; overflow-wrap: anywhere; }
    #accounts .open { white-space: nowrap; }
    #accounts th button { border: 0; padding: 0; font-weight: 600; background: none; text-align: left; }
    #accounts th[aria-sort=ascending] button::after { content: " \25b2"; font-size: .75em; }
    #accounts th[aria-sort=descending] button::after { content: " \25bc"; font-size: .75em; }
    #accounts .time { min-width: 6.5rem; }
    #accounts .state { min-width: 7.5rem; }
    #accounts tr.row:hover { background: var(--hover); }
    #accounts small { display: block; color: var(--soft); }
    .more td { padding: .6rem 1rem 1rem; background: var(--page); }
    .more td > * { position: sticky; left: 1rem; max-width: min(80rem, calc(100vw - 6rem)); }
    .more dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 0 .6rem; }
    .more dt { color: var(--soft); } .more dd { margin: 0; overflow-wrap: anywhere; }
    .diff { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 5px; background: var(--paper); }
    .diff div { padding: 0 .7rem; white-space: pre-wrap; }
    .diff .file { font-weight: 600; padding-top: .3rem; border-top: 1px solid var(--line); }
    .diff .file:first-child { border-top: 0; }
    .diff .old { background: var(--removed); } .diff .new { background: var(--added); }
    .diff .note { color: var(--soft); }
    .pages { display: flex; gap: .6rem; align-items: center; flex-wrap: wrap; margin-top: .8rem; }
    @media (max-width: 40rem) {
      header, main, footer { padding-left: .8rem; padding-right: .8rem; }
      section { padding: .9rem .9rem; }
    }
    @media print {
      :root {
        color-scheme: light; --page: #fff; --paper: #fff; --text: #000; --soft: #444; --line: #bbb;
        --added: #fff; --removed: #fff;
      }
      body { font-size: 10px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      nav, .controls, .pages, .skip, #shown, #accounts .open, #accounts tr.more, details > summary { display: none; }
      section { border: 0; padding: 0; }
      .scroll { overflow: visible; }
      #accounts { min-width: 0; font-size: 7.5px; }
      #accounts td, #accounts td.wide { min-width: 0; overflow-wrap: anywhere; white-space: normal; padding-right: 4px; }
      thead { display: table-header-group; }
      tr, svg, h2 { break-inside: avoid; } h2 { break-after: avoid; }
    }

    """#
}
