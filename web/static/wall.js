// Cameras live: one connection carries the packets of all tiles; each is played by the browser as it is, without transcoding.
"use strict";
(() => {
  const MIME = 0, VIDEO = 1, PICTURES_ONLY = 2, ENDED = 3;
  const PICTURE_EVERY = 5000; // ms; each picture is an audit entry
  const BEHIND = 3; // seconds; then the newest picture is jumped to
  const KEEP = 20; // seconds that may be buffered behind what is shown
  const AGAIN_AFTER = [1000, 2000, 5000, 10000];
  const wall = document.getElementById("wall");
  if (!wall) return;

  class Tile {
    constructor(figure) {
      this.id = Number(figure.dataset.camera);
      this.figure = figure;
      this.video = figure.querySelector("video");
      this.image = figure.querySelector("img");
      this.none = figure.querySelector(".no-picture");
      this.state = figure.querySelector(".state");
      this.waiting = [];
      this.timer = 0;
    }

    show(element, words) {
      for (const each of [this.video, this.image, this.none]) each.hidden = each !== element;
      if (this.state.textContent !== words) this.state.textContent = words;
    }

    begin(mime) {
      this.end();
      if (!window.MediaSource || !MediaSource.isTypeSupported(mime)) {
        this.pictures();
        return;
      }
      const source = new MediaSource();
      this.video.src = URL.createObjectURL(source);
      source.addEventListener("sourceopen", () => {
        URL.revokeObjectURL(this.video.src);
        this.buffer = source.addSourceBuffer(mime);
        this.buffer.mode = "segments";
        this.buffer.addEventListener("updateend", () => this.feed());
        this.feed();
      }, { once: true });
    }

    feed() {
      const buffer = this.buffer;
      if (!buffer || buffer.updating) return;
      const ranges = buffer.buffered;
      if (ranges.length) {
        const newest = ranges.end(ranges.length - 1);
        if (newest - this.video.currentTime > BEHIND || this.video.currentTime < ranges.start(0)) {
          this.video.currentTime = Math.max(ranges.start(ranges.length - 1), newest - 0.3);
        }
        if (this.video.paused) this.video.play().catch(() => {});
        if (this.video.hidden && newest > 0) this.show(this.video, wall.dataset.playing);
        if (newest - ranges.start(0) > 2 * KEEP) {
          buffer.remove(0, newest - KEEP);
          return;
        }
      }
      if (!this.waiting.length) return;
      const size = this.waiting.reduce((sum, part) => sum + part.length, 0);
      const all = new Uint8Array(size);
      let at = 0;
      for (const part of this.waiting) {
        all.set(part, at);
        at += part.length;
      }
      this.waiting = [];
      try {
        buffer.appendBuffer(all);
      } catch {
        this.pictures();
      }
    }

    take(content) {
      this.waiting.push(content);
      this.feed();
    }

    // Where the stream cannot be played: one picture every few seconds.
    pictures() {
      this.end();
      const next = () => {
        const fresh = new Image();
        fresh.onload = () => {
          this.image.src = fresh.src;
          this.show(this.image, wall.dataset.pictures);
        };
        fresh.onerror = () => this.show(this.none, wall.dataset.lost);
        if (!document.hidden) fresh.src = `${this.figure.dataset.picture}?at=${Date.now()}`;
      };
      next();
      this.timer = setInterval(next, PICTURE_EVERY);
    }

    end() {
      clearInterval(this.timer);
      this.buffer = null;
      this.waiting = [];
      this.video.removeAttribute("src");
    }

    lost() {
      this.end();
      this.show(this.none, wall.dataset.lost);
    }
  }

  const tiles = new Map([...wall.querySelectorAll(".tile")].map((figure) => [Number(figure.dataset.camera), new Tile(figure)]));

  async function follow(cameras, failures = 0) {
    let heard = false;
    let rest = new Uint8Array(0);
    try {
      const answer = await fetch(`${wall.dataset.feed}?cameras=${cameras.join(",")}`, { cache: "no-store" });
      if (answer.status === 401) {
        location.reload();
        return;
      }
      if (answer.ok) {
        const others = (answer.headers.get("X-Others") || "").split(",").filter(Boolean).map(Number);
        if (others.length) {
          follow(others);
          cameras = cameras.filter((each) => !others.includes(each));
        }
        const reader = answer.body.getReader();
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          heard = true;
          const all = new Uint8Array(rest.length + value.length);
          all.set(rest);
          all.set(value, rest.length);
          rest = all.slice(taken(all));
        }
      }
    } catch {
      // The connection broke: asked again below.
    }
    for (const each of cameras) tiles.get(each).lost();
    const next = heard ? 0 : failures + 1;
    setTimeout(() => follow(cameras, next), AGAIN_AFTER[Math.min(next, AGAIN_AFTER.length - 1)]);
  }

  // Hands out the whole messages in the bytes; returns how many bytes they were.
  function taken(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    let at = 0;
    while (at + 9 <= bytes.length) {
      const kind = view.getUint8(at + 4);
      const after = at + 9 + view.getUint32(at + 5);
      if (after > bytes.length) break;
      const tile = tiles.get(view.getUint32(at));
      const content = bytes.slice(at + 9, after);
      at = after;
      if (!tile) continue;
      if (kind === MIME) tile.begin(new TextDecoder().decode(content));
      else if (kind === VIDEO) tile.take(content);
      else if (kind === PICTURES_ONLY) tile.pictures();
      else if (kind === ENDED) tile.lost();
    }
    return at;
  }

  follow([...tiles.keys()]);
})();
