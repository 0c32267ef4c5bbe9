// Every link of the built site to itself must lead to a page, and to something on it. VitePress checks pages only.
import { readdirSync, readFileSync } from 'node:fs';
import { parseHTML } from 'linkedom';

const base = process.env.SITE_BASE ?? '/';
const dist = new URL('dist/', import.meta.url);
const site = 'https://site.invalid';

const pages = new Map();
for (const file of readdirSync(dist, { recursive: true })) {
  if (!file.endsWith('.html')) continue;
  const { document } = parseHTML(readFileSync(new URL(file, dist), 'utf8'));
  pages.set(`${base}${file.replaceAll('\\', '/')}`, document);
}

let links = 0;
for (const [path, document] of pages) {
  for (const { href } of document.querySelectorAll('a[href]')) {
    const url = new URL(href, `${site}${path}`);
    if (url.origin !== site) continue;
    links += 1;
    const page = pages.get(url.pathname.replace(/\/$/, '/index.html'));
    const id = decodeURIComponent(url.hash.slice(1));
    if (page !== undefined && (id === '' || page.getElementById(id) !== null)) continue;
    console.error(`${path}: ${href} leads nowhere`);
    process.exitCode = 1;
  }
}
if (pages.size === 0) throw new Error('no page was built');
console.log(`${pages.size} pages, ${links} links`);
