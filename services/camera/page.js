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
  at("fps").textContent = s.capturing ? s.fps.toFixed(1) + " fps" : "–";
  at("size").textContent = s.width ? s.width + " × " + s.height : "–";
  at("format").textContent = s.format || "–";
  at("clients").textContent = s.clients;
}

let lost = false;
async function poll() {
  let pause = document.hidden ? 5000 : 1000;
  try {
    const answer = await fetch("state", { cache: "no-store" });
    if (!answer.ok) throw new Error("the service answers " + answer.status);
    const state = await answer.json();
    show(state);
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
