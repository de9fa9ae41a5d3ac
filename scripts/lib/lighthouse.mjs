// Runs Lighthouse on the built page, served as GitHub Pages does: gzipped, from a sub-path.
//
//   node lighthouse.mjs FOLDER-OF-NODE-MODULES DIST CATEGORY=LEAST…
//
// Ends with 1 where a score is below the least that is asked for, and says what cost it.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const [modules, dist, ...wishes] = process.argv.slice(2);
const least = Object.fromEntries(wishes.map((wish) => wish.split('=')));
const load = (name) => import(pathToFileURL(createRequire(join(modules, 'lighthouse', 'package.json')).resolve(name)));
const { default: lighthouse, desktopConfig } = await load('lighthouse');
const { launch } = await load('chrome-launcher');

const PREFIX = '/highwater/';
const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.png': 'image/png', '.json': 'application/json',
  '.webmanifest': 'application/manifest+json', '.woff2': 'font/woff2', '.txt': 'text/plain; charset=utf-8',
};

const site = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const name = normalize(pathname.slice(PREFIX.length) || 'index.html');
  const body = pathname.startsWith(PREFIX) && !name.startsWith('..')
    ? await readFile(join(dist, name)).catch(() => null) : null;
  if (body === null) return response.writeHead(404).end();
  response.writeHead(200, {
    'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
    'content-encoding': 'gzip', 'cache-control': 'max-age=600',
  }).end(gzipSync(body));
}).listen(0, '127.0.0.1');
await new Promise((resolve) => site.once('listening', resolve));
const address = `http://127.0.0.1:${site.address().port}${PREFIX}`;

// A busy machine may cost a run; its scores it can't change.
const RUNS_MAX = 3;
const judge = async (options, config) => {
  for (let run = 1; ; run += 1) {
    try {
      const { lhr } = await lighthouse(address, options, config);
      if (!lhr.runtimeError) return lhr;
      throw new Error(lhr.runtimeError.message);
    } catch (error) {
      if (run === RUNS_MAX) throw error;
      console.log(`once more: ${error.message}`);
    }
  }
};

// As webdriver.json has it.
const driver = JSON.parse(await readFile(new URL('../../webdriver.json', import.meta.url)));
const chrome = await launch({ chromeFlags: [...driver['goog:chromeOptions'].args, '--disable-dev-shm-usage'] });
let isEnough = true;
try {
  for (const [device, config] of [['phone', undefined], ['desktop', desktopConfig]]) {
    const options = { port: chrome.port, logLevel: 'error', onlyCategories: Object.keys(least) };
    const lhr = await judge(options, config);
    for (const { id, score, auditRefs } of Object.values(lhr.categories)) {
      const points = Math.round(score * 100);
      console.log(`${device}: ${id} ${points}, at least ${least[id]} are asked for`);
      if (points >= least[id]) continue;
      isEnough = false;
      const costly = auditRefs.filter(({ id, weight }) => weight > 0 && (lhr.audits[id].score ?? 1) < 0.9);
      for (const { title, displayValue, details } of costly.map(({ id }) => lhr.audits[id])) {
        console.log(`  ${title} ${displayValue ?? ''}`);
        for (const item of details?.items?.slice(0, 5) ?? [])
          console.log(`    ${item.node?.snippet ?? item.description ?? JSON.stringify(item).slice(0, 300)}`);
      }
    }
  }
} finally {
  await chrome.kill();
  site.close();
}
process.exit(isEnough ? 0 : 1);
