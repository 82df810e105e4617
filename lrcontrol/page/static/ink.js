// Colours of the page as a canvas can take them, and what both charts draw alike.

const probe = document.createElement("i");
probe.hidden = true;
document.documentElement.append(probe);
let known = new Map();
addEventListener("theme", () => { known = new Map(); });

/** A colour of page.css, `--name`, in the theme that is on. */
export function ink(name) {
  if (!known.has(name)) {
    probe.style.color = `var(--${name})`;
    known.set(name, getComputedStyle(probe).color);
  }
  return known.get(name);
}

export const FONT = "500 12px Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/** Set the canvas up for words at its own scale of pixels. */
export function pen(u, colour, align = "left") {
  u.ctx.font = FONT.replace("12px", `${12 * devicePixelRatio}px`);
  u.ctx.fillStyle = colour;
  u.ctx.textAlign = align;
  u.ctx.textBaseline = "middle";
}

/** Name each curve at its end, in its colour, none upon another: `ends` are {y, text, colour}. */
export function nameEnds(u, ends) {
  const { ctx, bbox } = u;
  const gap = 15 * devicePixelRatio;
  const placed = ends.filter((end) => Number.isFinite(end.y)).sort((a, b) => a.y - b.y);
  const top = bbox.top + gap / 2;
  const bottom = bbox.top + bbox.height - gap / 4;
  placed.forEach((end, index) => {
    end.y = Math.max(Math.min(Math.max(end.y, top), bottom), index ? placed[index - 1].y + gap : top);
  });
  for (let index = placed.length - 1; index >= 0; index -= 1) {
    const roof = index === placed.length - 1 ? bottom : placed[index + 1].y - gap;
    placed[index].y = Math.min(placed[index].y, roof);
  }
  ctx.save();
  for (const end of placed) {
    pen(u, end.colour);
    ctx.fillText(end.text, bbox.left + bbox.width + 8 * devicePixelRatio, end.y);
  }
  ctx.restore();
}

/** Vertical lines where the daemon began anew or the data changed. */
export function drawBreaks(u, breaks) {
  const { ctx, bbox } = u;
  ctx.save();
  for (const [at, what] of breaks) {
    if (at < u.scales.x.min || at > u.scales.x.max) continue;
    const x = Math.round(u.valToPos(at, "x", true)) + 0.5;
    ctx.strokeStyle = ink("faint");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    pen(u, ink("quiet"));
    ctx.fillText(what, x + 4 * devicePixelRatio, bbox.top + 7 * devicePixelRatio);
  }
  ctx.restore();
}

const clock = (seconds) => new Date(1000 * seconds).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const exact = (seconds) => new Date(1000 * seconds).toLocaleTimeString("en-GB");

/** The axis of time: as few words as tell it. */
export const timeAxis = () => ({
  stroke: () => ink("quiet"), font: FONT, size: 28, gap: 6, space: 90,
  grid: { show: false }, ticks: { show: false },
  values: (u, splits, axis, space, step) => splits.map(step < 60 ? exact : clock),
});

export const valueAxis = (values) => ({
  stroke: () => ink("quiet"), font: FONT, size: 58, gap: 8, values,
  grid: { stroke: () => ink("grid"), width: 1 }, ticks: { show: false },
});
