"use strict";
// The log goes on in place. Never more than kept lines are in the page, so a
// tab that is open for a day is as large as one that is open for a minute.
const kept = 200;
const lines = document.getElementById("lines");
const follow = document.getElementById("follow");
document.getElementById("follow-label").hidden = false;
let source = null;

function element(name, text, className) {
  const e = document.createElement(name);
  e.textContent = text;
  if (className) e.className = className;
  return e;
}

function line(l) {
  const li = document.createElement("li");
  li.append(element("time", l.time), " ", element("b", l.level, l.level), " ", element("span", l.text));
  return li;
}

function show(batch) {
  const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
  const added = batch.lines.slice(-kept).map(line);
  if (batch.first) lines.replaceChildren();
  else if (batch.lost > 0) added.unshift(element("li", "… " + batch.lost + " lines were left out here", "none"));
  if (added.length > 0) lines.querySelectorAll(".none:only-child").forEach((e) => e.remove());
  lines.append(...added);
  if (lines.childElementCount === 0) lines.append(element("li", "No line fits.", "none"));
  while (lines.childElementCount > kept) lines.firstElementChild.remove();
  if (atEnd) lines.scrollTop = lines.scrollHeight;
}

function switchFollow() {
  if (source) source.close();
  source = null;
  if (!follow.checked) return;
  source = new EventSource(lines.dataset.follow);
  source.onmessage = (event) => show(JSON.parse(event.data));
}

lines.scrollTop = lines.scrollHeight;
follow.addEventListener("change", switchFollow);
switchFollow();

// The camera's picture, again each second while somebody sees this tab and the
// camera is open.
function again(picture) {
  setTimeout(() => {
    if (!picture.isConnected) return;
    if (document.hidden) again(picture);
    else picture.src = picture.dataset.again + "?" + Date.now();
  }, 1000);
}
for (const name of ["load", "error"]) {
  document.addEventListener(name, (event) => event.target.dataset?.again && again(event.target), true);
}
document.querySelectorAll("img[data-again]").forEach((picture) => picture.complete && again(picture));
