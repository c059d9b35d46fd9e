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
    if (old.getAttribute(a.name) !== a.value) old.setAttribute(a.name, a.value);
  }
  const was = [...old.childNodes], is = [...now.childNodes];
  is.forEach((n, i) => (i < was.length ? morph(was[i], n) : old.appendChild(n.cloneNode(true))));
  was.slice(is.length).forEach((n) => n.remove());
}

const events = new EventSource(live.dataset.events);
events.onmessage = (event) => {
  const page = new DOMParser().parseFromString("<" + live.localName + " id=live>" + event.data + "</" + live.localName + ">", "text/html");
  const now = page.getElementById("live");
  for (const a of live.attributes) now.setAttribute(a.name, a.value);
  morph(live, now);
  const name = live.querySelector("h1"), summary = live.querySelector(".summary");
  if (name && summary) document.title = name.firstChild.textContent.trim() + ": " + summary.textContent.trim().replace(/^\S+\s+/, "");
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
