// Drives the dashboard of samples/AspireShop as a person would: node dashboard.mjs URL [FOLDER FOR SCREENSHOTS]
// It ends with 0 when all that it looked for was there, else with 1 and the step that failed.
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [dashboard, screenshots] = process.argv.slice(2);
const browser = process.env.CHROMIUM ?? '/usr/bin/chromium';
const patience = 300_000; // An upper bound for a step on a busy machine without virtualization; nothing is measured.

const profile = mkdtempSync(join(tmpdir(), 'islet-chromium-'));
const context = await chromium.launchPersistentContext(profile, {
    executablePath: browser,
    headless: true,
    viewport: { width: 1180, height: 560 },
    args: [
        '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync',
    ],
});
const page = context.pages()[0] ?? await context.newPage();
page.setDefaultTimeout(patience);

// Where the dashboard itself fails it says so here, and the page stands still.
const failures = [];
const standstill = new Promise((_, reject) => page.on('console', message => {
    if (message.type() === 'error' && /unhandled exception|circuit/i.test(message.text())) {
        failures.push(message.text());
        reject(new Error('The dashboard itself has failed.'));
    }
}));
standstill.catch(() => {});

let step = 'the first page';
let failed = true;
try {
    await Promise.race([run(), standstill]);
    failed = false;
} catch (error) {
    console.error([`FAILED at: ${step}`, error, ...failures].join('\n'));
    console.error(await page.locator('body').innerText({ timeout: 5_000 }).catch(() => 'The page does not answer.'));
    await page.screenshot({ path: join(screenshots ?? tmpdir(), 'failed.png') }).catch(() => {});
} finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

async function run() {
    await open('/');
    begin('all resources run');
    for (const name of ['postgres', 'cache', 'shop', 'service'])
        await row(name).getByText('Running', { exact: true }).waitFor();
    await closeBanners();
    assert.match(await row('postgres').innerText(), /postgres:latest/);
    await shoot('resources');
    const shop = (await row('service').locator('a[href^="http"]').first().getAttribute('href')).replace(/\/$/, '');

    begin('the details of a container');
    await choose('postgres', 'View details');
    for (const property of ['Container image', 'Container ID', 'Container ports', 'Container lifetime', 'Memory', 'CPUs', 'Boot time'])
        await page.getByText(property, { exact: true }).first().waitFor();
    await shoot('details');

    begin('the console log of a container');
    await open('/consolelogs/resource/postgres');
    await page.getByText('[sys] The micro-VM runs').first().waitFor();
    await page.getByText('database system is ready to accept connections').first().waitFor();
    await closeBanners();
    await shoot('console');

    begin('a checkpoint is taken');
    await open('/');
    await closeBanners();
    const before = await stock(shop);
    await choose('postgres', 'Take a checkpoint');
    await page.locator('.interaction-input-dialog fluent-text-input input').fill('before the sale');
    await shoot('checkpoint');
    await answer('Take a checkpoint');
    await notified("The checkpoint 'before the sale' of 'postgres' was taken.");

    begin('an article is sold');
    await sell(shop);
    assert.equal(await stock(shop), before - 1);

    begin('a roll-back brings it back');
    await choose('postgres', 'Roll back');
    await page.getByText("All that 'postgres' has done since the checkpoint will be lost.").waitFor();
    await page.locator('fluent-dialog fluent-button', { hasText: 'Yes' }).click();
    await page.locator('.interaction-input-dialog fluent-option[selected]', { hasText: 'before the sale' }).waitFor({ state: 'attached' });
    await shoot('roll-back');
    await answer('Roll back');
    await notified("'postgres' is what it was at the checkpoint 'before the sale'.");
    assert.equal(await stock(shop), before);

    begin('a fork is a row below its parent, with an endpoint');
    await choose('postgres', 'Fork');
    await page.locator('.interaction-input-dialog fluent-text-input input').waitFor();
    await answer('Fork');
    await row('postgres-fork-1').getByText('Running', { exact: true }).waitFor();
    assert.ok(await indent('postgres-fork-1') > await indent('postgres'), 'The fork is not nested.');
    const address = (await row('postgres-fork-1').innerText()).match(/tcp:\/\/localhost:(\d+)/);
    assert.ok(address, 'The fork shows no endpoint.');
    await assertPostgres(Number(address[1]));
    await page.waitForTimeout(1_000); // Dialogs fade.
    await shoot('fork');

    begin('the fork is stopped and removed');
    await choose('postgres-fork-1', 'Stop');
    await row('postgres-fork-1').getByText('Exited', { exact: true }).waitFor();
    await choose('postgres-fork-1', 'Remove');
    await row('postgres-fork-1').waitFor({ state: 'detached' });
    assert.equal(await stock(shop), before);

    // The terminal is a picture for the browser, so what was typed shows elsewhere: in the log of PostgreSQL.
    begin('a shell in the container');
    await choose('postgres', 'Shell');
    await focusTerminal();
    await page.keyboard.type('uname -sr; stty size; kill -HUP 1; echo reloaded\n');
    await page.waitForTimeout(3_000); // The picture follows what is typed.
    await shoot('shell');
    await open('/consolelogs/resource/postgres');
    await page.getByText('received SIGHUP, reloading configuration files').first().waitFor();
    assert.deepEqual(failures, []);
}

function begin(what) {
    step = what;
    console.log(what);
}

async function open(path) {
    await page.goto(new URL(path, dashboard).href, { waitUntil: 'domcontentloaded' });
}

function row(name) {
    return page.locator('tr.resource-row').filter({ has: page.locator('.resource-name-text', { hasText: new RegExp(`^\\s*${name}\\s*$`) }) });
}

async function indent(name) {
    return (await row(name).locator('.resource-name-text').boundingBox()).x;
}

/** Gives a resource's command, from the menu of its row, or the menu in that menu which has them if there are many. */
async function choose(name, command) {
    await row(name).locator('.aspire-menu-button fluent-button').click();
    const item = menuItem(command), further = menuItem('Commands');
    await menuItem('View details').waitFor();
    if (!await item.isVisible() && await further.isVisible())
        await further.click();

    // The menu closes with the command. On a busy machine a click can come while the menu is drawn again, and is lost.
    do
        await item.click();
    while (!await item.waitFor({ state: 'hidden', timeout: 30_000 }).then(() => true, () => false));
}

function menuItem(name) {
    return page.getByRole('menuitem', { name, exact: true }).filter({ visible: true });
}

/** Waits for the result of a command, which stays among the notifications when its toast has gone. */
async function notified(message) {
    await page.getByRole('button', { name: 'Notifications' }).click();
    await page.locator('.notification-entry', { hasText: message }).first().waitFor();
    await page.locator('fluent-button', { hasText: /^\s*Close\s*$/ }).click();
    await page.locator('.notification-entry').first().waitFor({ state: 'hidden' });
}

/** Gives the terminal the keyboard. A click does so only once it is connected; before, keys would be the dashboard's shortcuts. */
async function focusTerminal() {
    const terminal = page.locator('.terminal-dock .hex1b-terminal');
    do {
        await terminal.click();
        await page.waitForTimeout(1_000);
    } while (!await terminal.evaluate(element => element.contains(document.activeElement)));
}

async function answer(button) {
    await page.locator('.interaction-dialog-actions fluent-button', { hasText: button }).click();
}

/** Closes what the dashboard says about certificates and the open endpoint, so that it does not fill the pictures. */
async function closeBanners() {
    await page.waitForTimeout(2_000);
    for (let left = 4; left > 0; left--)
        await page.locator('.dashboard-message-bar fluent-button').first().click({ timeout: 2_000 }).catch(() => { left = 0; });
}

async function shoot(name) {
    if (screenshots)
        await page.screenshot({ path: join(screenshots, `aspire-${name}.png`) });
}

// The service keeps connections to the database, which checkpoints and roll-backs close: the first request afterwards may find a dead one.
async function ask(url, options, expected) {
    for (const end = Date.now() + patience; ;) {
        const response = await fetch(url, options).catch(error => error);
        if (response.status === expected)
            return response;
        if (Date.now() > end)
            throw new Error(`${url} answers ${response.status ?? response}.`);
        await new Promise(resolve => setTimeout(resolve, 500));
    }
}

async function stock(shop) {
    return (await (await ask(`${shop}/articles/1`, {}, 200)).json()).inStock;
}

async function sell(shop) {
    await ask(`${shop}/articles/1/sales`, { method: 'POST' }, 204);
}

/** PostgreSQL's answer to a request for TLS is one letter: S or N. */
function assertPostgres(port) {
    return new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
        socket.setTimeout(patience, () => socket.destroy(new Error(`Port ${port} does not answer.`)));
        socket.on('error', reject);
        socket.on('end', () => reject(new Error(`Port ${port} closes the connection.`)));
        socket.on('data', data => {
            socket.destroy();
            /^[SN]/.test(data.toString('latin1')) ? resolve() : reject(new Error(`Port ${port} is no PostgreSQL: ${data}`));
        });
    });
}
