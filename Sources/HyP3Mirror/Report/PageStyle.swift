/// How the page looks. Colours are blue, orange and magenta, which colour-blind people tell apart, and a word or number
/// stands beside each.
enum PageStyle {
    static let text = """

        :root{--page:#ffffff;--card:#f3f5f7;--line:#c9d0d6;--text:#16191d;--muted:#515a63;--good:#0b559f;--warn:#85480a;--bad:#a0114f}
        @media (prefers-color-scheme:dark){:root{--page:#12161a;--card:#1c2228;--line:#3a444d;--text:#e9ecef;--muted:#aab4bd;--good:#82bdff;--warn:#ffb65c;--bad:#ff95b8}}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:1.5rem 1.25rem 3rem;max-width:64rem;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,"Noto Sans",sans-serif;overflow-wrap:anywhere}
        h1{font-size:1.25rem;font-weight:600;margin:0}h2{font-size:1.6rem;line-height:1.2;margin:0}
        h3{font-size:1rem;margin:2rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--line)}
        p{margin:.25rem 0}.muted,figcaption{color:var(--muted)}.num{font-variant-numeric:tabular-nums}
        section{margin-top:2rem}.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
        .verdict{background:var(--card);border-left:.5rem solid currentColor;padding:1rem 1.25rem;margin:.75rem 0 1rem}
        .verdict b{font-size:1.6rem;line-height:1.2;display:block}.verdict span{color:var(--text)}
        .tiles{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:.75rem;margin:0}
        .tiles div{background:var(--card);padding:.75rem 1rem}.tiles dt{color:var(--muted);font-size:.875rem}
        .tiles dd{margin:0;font-size:1.35rem;font-weight:600;line-height:1.3;font-variant-numeric:tabular-nums}
        .tiles small{display:block;font-size:.875rem;font-weight:400;color:var(--muted);line-height:1.35}
        ul{list-style:none;margin:0;padding:0}li{padding:.5rem 0;border-bottom:1px solid var(--line);display:grid;gap:0 1rem;grid-template-columns:minmax(0,1fr) auto}
        li>.muted{grid-column:1/-1;font-size:.875rem}
        figure{margin:.5rem 0}svg{display:block;width:100%;height:auto}figcaption{font-size:.875rem;margin-top:.35rem}
        .g{fill:var(--good)}.w{fill:var(--warn)}.b{fill:var(--bad)}.n{fill:var(--line)}
        .o{fill:var(--card);stroke:var(--warn);stroke-width:2}.open{color:var(--warn)}.small{font-size:.875rem}
        .months{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:1rem 1.25rem}
        .months b{font-size:.875rem;font-weight:600}
        .month{max-width:12rem}.month text{font-size:11px;font-weight:600;text-anchor:middle;fill:var(--page);stroke:none}
        .month .d{font-size:8px;font-weight:400;text-anchor:start}.month>.d{fill:var(--muted)}.month .o text{fill:var(--warn)}
        table{border-collapse:collapse;width:100%;margin:.5rem 0;font-variant-numeric:tabular-nums}
        th,td{padding:.3rem .25rem;border-bottom:1px solid var(--line);text-align:center;font-weight:600}
        th{font-weight:400}th:first-child{text-align:left;padding-left:0}thead th{color:var(--muted);font-size:.875rem}
        .matrix td,.matrix thead th+th{width:2.25rem}.matrix tfoot{color:var(--muted);font-size:.875rem}
        code{font:.875rem/1.5 ui-monospace,"DejaVu Sans Mono",monospace}
        .pace{max-width:40rem}.pace td,.pace th+th{text-align:right}
        .gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(7.5rem,1fr));gap:.75rem}
        .gallery figure{margin:0}.gallery img{display:block;width:100%;height:auto;image-rendering:auto;background:var(--card)}
        .gallery .name{font-size:.75rem;line-height:1.3;display:block}
        details{margin:.5rem 0}summary{cursor:pointer;color:var(--muted)}
        .bar{grid-column:1/-1;height:3px;margin-top:.25rem}
        .key::before{content:"";display:inline-block;width:.75em;height:.75em;background:currentColor;margin-right:.35em}
        @media (min-width:60rem){.tiles{grid-template-columns:repeat(6,minmax(0,1fr))}}
        .open.key::before{background:none;border:2px solid;height:.5em;width:.5em}
        @media (max-width:30rem){li{grid-template-columns:minmax(0,1fr)}.reasons li{grid-template-columns:minmax(0,1fr) auto}
        .matrix tr{display:grid;grid-template-columns:repeat(var(--columns),minmax(0,1fr));border-bottom:1px solid var(--line)}
        .matrix th:first-child{grid-column:1/-1;border:0;padding-bottom:0}.matrix td,.matrix thead th+th{width:auto;border:0}.tiles{grid-template-columns:1fr 1fr}}
        @media print{body{max-width:none;padding:0}}

        """
}
