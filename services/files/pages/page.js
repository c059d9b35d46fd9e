'use strict';
const $ = (id) => document.getElementById(id);
const can = document.body.dataset;
const note = (text, bad) => {
  $('note').textContent = text;
  $('note').classList.toggle('bad', !!bad);
  $('note').hidden = !text;
};

// Filter while typing; Enter asks the server, which knows all pages.
const rows = [...document.querySelectorAll('tbody tr:not(.parent)')];
$('filter').addEventListener('input', () => {
  const wanted = $('filter').value.toLowerCase();
  for (const row of rows) row.hidden = !row.querySelector('.entry').textContent.toLowerCase().includes(wanted);
});
for (const image of document.querySelectorAll('.thumb')) image.addEventListener('error', () => { image.style.visibility = 'hidden'; });

// Requests that change something; the server's own words when it refuses.
async function ask(method, url, options) {
  const answer = await fetch(url, { method, ...options });
  if (!answer.ok) throw new Error((await answer.text()).trim() || answer.statusText);
  return answer;
}
const change = (work) => async () => {
  try { await work() && location.reload(); } catch (error) { note(error.message, true); }
};

for (const row of rows) {
  const link = row.querySelector('.entry'), cell = row.querySelector('.act');
  const href = link.getAttribute('href'), name = link.textContent.replace(/\/$/, '');
  const add = (text, work) => {
    const button = document.createElement('button');
    button.textContent = text;
    button.className = 'extra';
    button.setAttribute('aria-label', text + ' ' + name);
    button.addEventListener('click', work);
    cell.append(button);
  };
  if ('link' in can) add('Link', change(async () => {
    const hours = prompt('A link to ' + name + '. For how many hours? Empty: for ever.', '24');
    if (hours === null) return false;
    const path = decodeURIComponent(new URL(href, location.href).pathname);
    const answer = await ask('POST', '/.ammar/links', { headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ path, expires_seconds: Number(hours) * 3600 }) });
    note(new URL((await answer.json()).url, location.href).href);
    return false;
  }));
  if ('move' in can) {
    add('Rename', change(async () => {
      const to = prompt('New name', name);
      if (!to || to === name) return false;
      await ask('MOVE', href, { headers: { Destination: new URL(encodeURIComponent(to), location.href.split('?')[0]).href, Overwrite: 'F' } });
      return true;
    }));
    add('Delete', change(async () => confirm('Delete ' + name + '?') && ask('DELETE', href)));
  }
}

// Uploads: tus, so that what arrived is never sent again, after a pause, a
// lost connection, a reload, or a restart of the server.
const chunk = 64 << 20, atOnce = 3;
const waiting = [];
let running = 0, finished = 0;

class Upload {
  constructor(file, path) {
    Object.assign(this, { file, path, offset: 0, tries: 0, paused: false });
    this.key = ['upload', location.pathname, path, file.size, file.lastModified].join('\n');
    this.box = document.createElement('div');
    this.box.className = 'upload';
    this.box.innerHTML = '<span class="what"></span><span class="how"></span><button>Pause</button><progress max="1" value="0"></progress>';
    this.box.querySelector('.what').textContent = path;
    this.button = this.box.querySelector('button');
    this.button.addEventListener('click', () => this.paused ? this.go() : this.pause());
    $('uploads').append(this.box);
    $('uploads').hidden = false;
  }
  show(text, kind) {
    this.box.querySelector('.how').textContent = text;
    this.box.className = 'upload ' + (kind || '');
  }
  progress(sent) {
    this.box.querySelector('progress').value = this.file.size ? sent / this.file.size : 1;
    this.show(Math.floor(100 * (this.file.size ? sent / this.file.size : 1)) + ' %');
  }
  pause() {
    this.paused = true;
    this.button.textContent = 'Resume';
    this.show('paused');
    this.request?.abort();
  }
  go() {
    this.paused = false;
    this.button.textContent = 'Pause';
    waiting.unshift(this);
    next();
  }
  send(method, url, headers, body) {
    return new Promise((resolve, reject) => {
      const request = this.request = new XMLHttpRequest();
      request.open(method, url);
      for (const [name, value] of Object.entries({ 'Tus-Resumable': '1.0.0', ...headers })) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => this.progress(this.offset + event.loaded);
      request.onload = () => resolve(request);
      request.onerror = request.onabort = () => reject(new Error('the connection was lost'));
      request.send(body);
    });
  }
  async run() {
    while (true) {
      try { return await this.attempt(); } catch (error) {
        if (this.paused) return;
        if (error.final || this.tries > 30) { this.show(error.message, 'bad'); this.button.hidden = true; return; }
        const pause = Math.min(10, 1 << Math.min(this.tries++, 4));
        this.show('retrying in ' + pause + ' s');
        await new Promise((resolve) => setTimeout(resolve, pause * 1000));
        if (this.paused) return;
      }
    }
  }
  async attempt() {
    let url = localStorage.getItem(this.key);
    if (url) {
      const head = await this.send('HEAD', url);
      if (head.status === 200) this.offset = Number(head.getResponseHeader('Upload-Offset'));
      else if (head.status >= 400 && head.status < 500) { localStorage.removeItem(this.key); url = null; this.offset = 0; }
      else throw new Error('the server is not ready');
    }
    if (!url) {
      const bytes = new TextEncoder().encode(this.path);
      const name = btoa(String.fromCharCode(...bytes));
      const made = await this.send('POST', location.pathname + '?tus', { 'Upload-Length': this.file.size, 'Upload-Metadata': 'relativePath ' + name });
      if (made.status !== 201) throw Object.assign(new Error(made.responseText.trim()), { final: made.status < 500 });
      url = made.getResponseHeader('Location');
      if (this.file.size) localStorage.setItem(this.key, url);
    }
    while (this.offset < this.file.size) {
      const part = this.file.slice(this.offset, this.offset + chunk);
      const answer = await this.send('PATCH', url, { 'Upload-Offset': this.offset, 'Content-Type': 'application/offset+octet-stream' }, part);
      if (answer.status !== 204) throw Object.assign(new Error(answer.responseText.trim()), { final: [403, 413, 429, 507].includes(answer.status) });
      this.offset = Number(answer.getResponseHeader('Upload-Offset'));
      this.tries = 0;
    }
    localStorage.removeItem(this.key);
    this.progress(this.file.size);
    this.show('done', 'done');
    this.button.hidden = true;
    finished++;
  }
}

async function next() {
  while (running < atOnce && waiting.length) {
    running++;
    waiting.shift().run().finally(() => {
      running--;
      next();
      if (!running && !waiting.length && finished && !document.querySelector('.upload:not(.done)')) location.reload();
    });
  }
}

function add(file, path) {
  waiting.push(new Upload(file, path));
  next();
}

async function walk(entry, path) {
  if (entry.isFile) return add(await new Promise((resolve, reject) => entry.file(resolve, reject)), path + entry.name);
  const reader = entry.createReader();
  while (true) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return;
    for (const child of some) await walk(child, path + entry.name + '/');
  }
}

if ('write' in can) {
  for (const id of ['pick', 'pick-folder', 'mkdir']) $(id).hidden = false;
  $('pick').addEventListener('click', () => $('files').click());
  $('pick-folder').addEventListener('click', () => $('folder').click());
  for (const id of ['files', 'folder']) $(id).addEventListener('change', () => {
    for (const file of $(id).files) add(file, file.webkitRelativePath || file.name);
    $(id).value = '';
  });
  $('mkdir').addEventListener('click', change(async () => {
    const name = prompt('Name of the new folder');
    return name && ask('MKCOL', new URL(encodeURIComponent(name), location.href.split('?')[0]).href);
  }));
  const over = (event) => { event.preventDefault(); document.body.classList.add('drop'); };
  addEventListener('dragenter', over);
  addEventListener('dragover', over);
  addEventListener('dragleave', (event) => { if (!event.relatedTarget) document.body.classList.remove('drop'); });
  addEventListener('drop', async (event) => {
    event.preventDefault();
    document.body.classList.remove('drop');
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.length) for (const file of event.dataTransfer.files) add(file, file.name);
    for (const entry of entries) await walk(entry, '');
  });
  addEventListener('beforeunload', (event) => { if (running) event.preventDefault(); });
}
