// A person's face as components/person.html draws it: letters on a hue, and their picture over them where they have one.

export function draw(face, person) {
  face.dataset.h = person.hue;
  face.textContent = person.initials;
  if (person.picture) face.append(Object.assign(new Image(20, 20), { src: person.picture, alt: "", loading: "lazy", decoding: "async" }));
}
