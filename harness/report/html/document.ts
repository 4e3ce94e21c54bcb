import { visible } from '../../visible.js';
import { definitions } from './charts/marks.js';
import { style } from './style.js';
import { template } from './template.js';
import { viewerScript } from './traces/viewer-script.js';

const page = template<{
  title: string;
  style: string;
  definitions: string;
  header: string;
  links: { id: string; title: string }[];
  body: string;
  script?: { source: string; hash: string };
}>(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'<% if (it.script) { %>; script-src '<%= it.script.hash %>'<% } %>">
<link rel="icon" href="data:,">
<title><%= it.title %></title>
<style><%~ it.style %></style>
</head>
<body>
<%~ it.definitions %>
<main>
<%~ it.header %>
<nav aria-label="Sections"><% for (const link of it.links) { %><a href="#<%= link.id %>"><%~ link.title %></a> <% } %></nav>
<%~ it.body %>
</main>
<% if (it.script) { %><script><%~ it.script.source %></script>
<% } %></body>
</html>
`);

/** Anchors of the sections; the titles are HTML already. */
const linksOf = (html: string): { id: string; title: string }[] =>
  [...html.matchAll(/<section id="([^"]+)">\s*<h2>([^<]*)<\/h2>/g)].map(([, id, title]) => ({
    id,
    title,
  }));

/**
 * One HTML page that needs no other file and no network.
 * @param title plain text @param header, body HTML; the body consists of sections
 */
export function htmlDocument({
  title,
  header,
  body,
}: {
  title: string;
  header: string;
  body: string;
}): string {
  const script = body.includes('data-trace=') ? viewerScript() : undefined;
  return visible(page({ title, style, definitions, header, links: linksOf(body), body, script }));
}
