/**
 * Part of `npm run build`: puts the code of ECharts that `drawing.ts` imports into `dist/report/html/drawing.js`, and the licences
 * of what is then in it beside it.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const folder = join('dist', 'report', 'html');
const file = join(folder, 'drawing.js');
await build({
  entryPoints: [file],
  outfile: file,
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
});
rmSync(`${file}.map`, { force: true });

const require = createRequire(import.meta.url);
const echarts = dirname(require.resolve('echarts/package.json'));
copyFileSync(join(echarts, 'LICENSE'), join(folder, 'drawing-echarts-license.txt'));
copyFileSync(join(echarts, 'NOTICE'), join(folder, 'drawing-echarts-notice.txt'));
const zrender = dirname(createRequire(join(echarts, 'package.json')).resolve('zrender/package.json'));
copyFileSync(join(zrender, 'LICENSE'), join(folder, 'drawing-zrender-license.txt'));
