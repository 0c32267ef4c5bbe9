import { readFileSync } from 'node:fs';
import { slug } from 'github-slugger';
import { defineConfig, type UserConfig } from 'vitepress';
import { mermaidDiagrams } from './diagrams.js';
import { siteLinks, webUrlOf } from './links.js';
import { notRunReasons } from './not-run.js';
import { notPages, pageOf, pathOf } from './pages.js';

const { repository } = JSON.parse(readFileSync(pathOf('package.json'), 'utf8'));

const worlds = ['sqlite', 'redis', 'remote-http', 'memory'];
const tools = ['contract', 'cli', 'runtime', 'delivery', 'create'];
const packageLinks = (names: readonly string[]) =>
  names.map((name) => ({ text: `@world/${name}`, link: `/packages/${name}` }));

const config: UserConfig = defineConfig({
  title: 'World',
  description: 'Backends for durable-workflow engines, all proven by one suite',
  srcDir: '..',
  outDir: 'dist',
  base: process.env.SITE_BASE ?? '/',
  srcExclude: notPages,
  rewrites: (file) => pageOf(file) ?? file,
  markdown: {
    // So that an anchor is the same here and in the repository.
    anchor: { slugify: slug },
    config(md) {
      siteLinks(md, webUrlOf(repository));
      mermaidDiagrams(md);
      notRunReasons(md);
    },
  },
  // The pages with all laws and all figures are long, and so is Mermaid.
  vite: {
    build: { chunkSizeWarningLimit: 4000 },
    publicDir: false,
    // Documents lie outside of this package, and do not see what it depends on.
    resolve: { alias: { vue: pathOf('site/node_modules/vue') } },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Choosing', link: '/choosing-a-world' },
      { text: 'Contract', link: '/contract' },
      { text: 'Errors', link: '/errors' },
    ],
    sidebar: [
      {
        text: 'Using',
        items: [
          { text: 'What a World is', link: '/' },
          { text: 'Choosing a World', link: '/choosing-a-world' },
          { text: 'Hosting', link: '/hosting' },
          { text: 'Moving from another world', link: '/moving' },
          { text: 'Fences', link: '/fences' },
          { text: 'Errors', link: '/errors' },
        ],
      },
      { text: 'Worlds', items: packageLinks(worlds) },
      { text: 'Packages', items: packageLinks(tools) },
      {
        text: 'Examples',
        items: [
          { text: 'An app on the SDK', link: '/examples/sdk-app' },
          { text: 'An app of Next.js', link: '/examples/next-app' },
          { text: 'An adapter on files', link: '/examples/adapter-files' },
        ],
      },
      {
        text: 'In depth',
        items: [
          { text: 'The contract', link: '/contract' },
          { text: 'Writing an adapter', link: '/write-an-adapter' },
          { text: 'The store interface', link: '/adapters' },
          { text: 'Benchmarks', link: '/benchmarks' },
          { text: 'The storm', link: '/storm' },
          { text: 'Versions', link: '/versioning' },
          { text: 'Contributing', link: '/contributing' },
        ],
      },
    ],
  },
});

export default config;
