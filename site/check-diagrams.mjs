// Every diagram must be one that Mermaid understands: on the site that would show only when somebody looks at it.
import { readdirSync, readFileSync } from 'node:fs';
import { parseHTML } from 'linkedom';

// Mermaid cleans texts with what it finds in a browser.
globalThis.window = parseHTML('<!doctype html><html><body></body></html>');
globalThis.document = window.document;
const { default: mermaid } = await import('mermaid');

const dist = new URL('dist/', import.meta.url);
let diagrams = 0;
for (const file of readdirSync(dist, { recursive: true })) {
  if (!file.endsWith('.html')) continue;
  const { document } = parseHTML(readFileSync(new URL(file, dist), 'utf8'));
  for (const { textContent } of document.querySelectorAll('pre.diagram')) {
    diagrams += 1;
    await mermaid.parse(textContent).catch(({ message }) => {
      console.error(`${file}: ${message}\n${textContent}`);
      process.exitCode = 1;
    });
  }
}
if (diagrams === 0) throw new Error('no diagram was built');
console.log(`${diagrams} diagrams`);
