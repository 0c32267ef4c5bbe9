declare module '*.vue' {
  import type { Component } from 'vue';

  const component: Component;
  export default component;
}

declare module '*.css';
declare module 'vitepress/theme' {
  import type { Theme } from 'vitepress';

  const theme: Theme;
  export default theme;
}
