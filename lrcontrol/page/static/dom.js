// The few things this page does to its document: find, make, say, keep a list in step.

export const $ = (id) => document.getElementById(id);

/** Make an element; `given` are attributes, a `text`, and listeners as functions. */
export function h(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(given)) {
    if (key === "text") made.textContent = value;
    else if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** Write a text where it is another one: what stays the same is left alone, selections too. */
export function say(node, text) {
  const words = String(text);
  if (node.textContent !== words) node.textContent = words;
}

/** Set an attribute where it is another one. */
export function mark(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/** Keep the children of `parent` in step with `items`: a keyed child is made once, then updated. */
export function list(parent, items, key, make, update = () => {}) {
  const there = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let child = there.get(name);
    if (child) there.delete(name);
    else {
      child = make(item);
      child.dataset.key = name;
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
    update(child, item);
  }
  for (const child of there.values()) child.remove();
}

/** Keep a list of terms and values: `pairs` are [term, value, level?]; empty values are left out. */
export function terms(parent, pairs) {
  const shown = pairs.filter(([, value]) => value !== "" && value != null);
  const make = () => h("div", {}, h("dt"), h("dd"));
  list(parent, shown, ([term]) => term, make, (row, [term, value, level]) => {
    say(row.firstElementChild, term);
    say(row.lastElementChild, value);
    mark(row, "data-level", level || "");
  });
}
