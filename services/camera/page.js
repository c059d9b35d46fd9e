"use strict";
const at = id => document.getElementById(id);
const live = at("live");
let paused = false;

// A hidden tab asks for nothing, so that the camera is released.
function play() {
  const want = !paused && !document.hidden;
  if (!want) {
    live.removeAttribute("src");
  } else if (!live.hasAttribute("src")) {
    live.src = "stream.mjpg?" + Date.now();
  }
}
live.addEventListener("error", () => {
  live.removeAttribute("src");
  setTimeout(play, 1000);
});
document.addEventListener("visibilitychange", play);
at("pause").addEventListener("click", () => {
  paused = !paused;
  at("pause").textContent = paused ? "Play" : "Pause";
  play();
});

function show(s) {
  at("badge").textContent = s.state === "running" ? "live" : s.state;
  at("badge").dataset.state = s.state;
  at("status").textContent = s.status;
  at("card").textContent = s.card && s.device.startsWith("/") ? s.card + " · " + s.device : s.card || s.device;
  at("fps").textContent = s.capturing && s.fps ? s.fps.toFixed(1) + " fps" : "–";
  at("size").textContent = s.width ? s.width + " × " + s.height : "–";
  at("format").textContent = s.format || "–";
  at("clients").textContent = s.clients;
}

// The camera's controls, as the driver describes them. A slider speaks while it
// is moved, but never faster than the camera answers.
const fields = new Map();
let asked = "", wanted = new Map(), speaking = false;

function element(tag, properties, ...children) {
  const e = Object.assign(document.createElement(tag), properties);
  e.append(...children);
  return e;
}

function field(c) {
  const id = "control-" + c.id;
  const output = element("output", { htmlFor: id });
  let input;
  if (c.type === "menu") {
    input = element("select", { id }, ...c.menu.map(m => new Option(m.name, m.value)));
  } else if (c.type === "bool") {
    input = element("input", { id, type: "checkbox" });
  } else if (c.type === "button") {
    input = element("button", { id, type: "button", textContent: c.name });
    input.addEventListener("click", () => set(c.id, 0));
    return { row: element("div", { className: "button" }, input), input, show() {} };
  } else if (c.type === "int" && c.max - c.min <= 65536) {
    input = element("input", { id, type: "range", min: c.min, max: c.max, step: c.step || 1 });
    input.addEventListener("input", () => { output.value = input.value; set(c.id, input.valueAsNumber); });
  } else {
    input = element("input", { id, type: "number", min: c.min, max: c.max, step: c.step || 1 });
  }
  const value = () => c.type === "bool" ? Number(input.checked) : Number(input.value);
  if (input.type !== "range") input.addEventListener("change", () => set(c.id, value()));
  const reset = element("button", { type: "button", textContent: "↺", title: "Default: " + named(c, c.default), ariaLabel: c.name + ": default" });
  reset.addEventListener("click", () => set(c.id, c.default));
  const row = element("div", {}, element("label", { htmlFor: id, textContent: c.name }), input, output, reset);
  return {
    row, input,
    show(now) {
      if (c.type === "bool") input.checked = now.value !== 0;
      else input.value = now.value;
      output.value = input.type === "range" ? now.value : "";
      reset.disabled = input.disabled || now.value === now.default;
    },
  };
}

function named(c, value) {
  const item = c.menu && c.menu.find(m => m.value === value);
  return item ? item.name : value;
}

function showControls(list) {
  if (list.controls.length !== fields.size || list.controls.some(c => !fields.has(c.id))) {
    fields.clear();
    for (const c of list.controls) fields.set(c.id, field(c));
    at("fields").replaceChildren(...[...fields.values()].map(f => f.row));
  }
  for (const c of list.controls) {
    const f = fields.get(c.id);
    f.input.disabled = c.read_only || c.inactive;
    f.row.classList.toggle("off", f.input.disabled);
    if (!wanted.has(c.id)) f.show(c);
  }
  at("controls").hidden = list.controls.length === 0;
}

async function ask(body) {
  const answer = await fetch("controls", body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error((await answer.text()).trim());
  showControls(await answer.json());
}

async function set(id, value) {
  wanted.set(id, value);
  if (speaking) return;
  speaking = true;
  while (wanted.size > 0) {
    const settings = [...wanted].map(([id, value]) => ({ id, value }));
    wanted.clear();
    try {
      await ask(settings);
      at("refused").hidden = true;
    } catch (e) {
      at("refused").textContent = e.message;
      at("refused").hidden = false;
      await ask().catch(() => {});
    }
  }
  speaking = false;
}

// Only a camera that runs is asked: to look at the page is not to wake it.
function askOnce(s) {
  const device = s.state === "running" && s.device.startsWith("/") ? s.device : "";
  if (device === asked) return;
  asked = device;
  if (device) ask().catch(() => { asked = ""; });
}

let lost = false;
async function poll() {
  let pause = document.hidden ? 5000 : 1000;
  try {
    const answer = await fetch("state", { cache: "no-store" });
    if (!answer.ok) throw new Error("the service answers " + answer.status);
    const state = await answer.json();
    show(state);
    askOnce(state);
    const waking = state.clients === 0 && live.hasAttribute("src");
    if (waking || state.state === "opening") pause = 200;
    if (lost) { lost = false; live.removeAttribute("src"); play(); }
  } catch (e) {
    lost = true;
    at("badge").textContent = "offline";
    at("badge").dataset.state = "offline";
    at("status").textContent = "The service does not answer; trying again.";
  }
  setTimeout(poll, pause);
}
play();
poll();
