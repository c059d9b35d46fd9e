"use strict";
// The server renders; this puts what changed into place, node by node, so that
// a selection, the focus and an open list of lines stay as they are.
const live = document.getElementById("live");
const link = document.getElementById("link");

function morph(old, now) {
  if (old.isEqualNode(now)) return;
  if (old.nodeType !== now.nodeType || old.nodeName !== now.nodeName) {
    old.replaceWith(now.cloneNode(true));
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = now.nodeValue;
    return;
  }
  for (const a of [...old.attributes]) {
    if (!now.hasAttribute(a.name) && a.name !== "open") old.removeAttribute(a.name);
  }
  for (const a of now.attributes) {
    if (a.name === "open" || (a.name === "src" && old.dataset.again)) continue; // the viewer's, and log.js'
    if (old.getAttribute(a.name) !== a.value) old.setAttribute(a.name, a.value);
  }
  morphChildren(old, now);
}

// What has an id stays the same node, whatever comes and goes before it: a
// link that has the focus does not become another service's.
function morphChildren(old, now) {
  const ids = new Set([...now.children].map((e) => e.id));
  let at = old.firstChild;
  const drop = () => {
    const next = at.nextSibling;
    at.remove();
    at = next;
  };
  for (const n of [...now.childNodes]) {
    while (at && at.id && !ids.has(at.id)) drop();
    let same = at;
    if (n.id) while (same && same.id !== n.id) same = same.nextSibling;
    else if (at && at.id) same = null;
    if (!same) {
      old.insertBefore(n.cloneNode(true), at);
      continue;
    }
    while (at !== same) drop();
    at = at.nextSibling;
    morph(same, n);
  }
  while (at) drop();
}

const events = new EventSource(live.dataset.events);
events.onmessage = (event) => {
  const page = new DOMParser().parseFromString("<" + live.localName + " id=live>" + event.data + "</" + live.localName + ">", "text/html");
  const now = page.getElementById("live");
  for (const a of live.attributes) now.setAttribute(a.name, a.value);
  morph(live, now);
  const name = live.querySelector("h1"), summary = live.querySelector(".summary");
  if (name && summary) document.title = name.firstChild.textContent.trim() + ": " + summary.textContent.trim().replace(/^\S+\s+/, "").replace(/\s+/g, " ");
};
events.onopen = () => {
  link.textContent = "updated live";
  link.className = "";
};
events.onerror = () => {
  link.textContent = "connection lost, reconnecting …";
  link.className = "lost";
  if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000);
};
