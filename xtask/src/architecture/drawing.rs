//! Draws boxes and their arrows as an SVG.

use std::{collections::BTreeMap, fmt::Write};

use super::arrows::{Boxes, Content, DYNAMODB, direct_arrows, layers};

/// What each box is for, in a few words.
const CAPTIONS: [(&str, &str); 9] = [
    ("tests/", "the whole service, over HTTP"),
    ("local", "cargo run: the service on a laptop"),
    ("functions/", "the Lambda functions: one crate each"),
    ("web", "HTTP: requests, authentication, problems"),
    ("accounts", "create and change accounts"),
    ("keys", "create, edit and revoke keys"),
    ("store", "tables, transactions, verification of callers"),
    ("domain", "rules and formats; no AWS, no HTTP"),
    (DYNAMODB, "the tables"),
];

const STYLE: &str = "
    .ground { fill: #ffffff; }
    .crate { fill: #eef3fb; stroke: #5a78a8; stroke-width: 1.5; }
    .outside { fill: none; stroke: #5a78a8; stroke-width: 1.5; stroke-dasharray: 6 4; }
    .arrow { fill: none; stroke: #5a6a80; stroke-width: 1.5; marker-end: url(#head); }
    .head { fill: #5a6a80; }
    text { fill: #17243a; font: 13px system-ui, sans-serif; text-anchor: middle; }
    .name { font: 600 15px ui-monospace, monospace; }
    .inside { font: 13px ui-monospace, monospace; }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #12161d; }
      .crate { fill: #1d2736; stroke: #7f9fd0; }
      .outside { stroke: #7f9fd0; }
      .arrow { stroke: #9fb0c8; }
      .head { fill: #9fb0c8; }
      text { fill: #e4eaf3; }
    }
  ";

const MARGIN: usize = 24;
/// Between two boxes of a layer.
const GAP: usize = 32;
/// Between two layers.
const RISE: usize = 40;
const LINE: usize = 20;
/// About as wide as a character is at most.
const CHARACTER: usize = 8;
/// The longest line of names in a box, in characters.
const LONGEST_LINE: usize = 48;
/// The room between an arrow's head and the box to which it points.
const CLEARANCE: usize = 3;

/// What takes room in a layer.
enum Place<'a> {
    Box {
        name: &'a str,
        lines: Vec<(&'static str, String)>,
    },
    /// An arrow on its way to a lower layer.
    Passage(usize),
}

/// A rectangle in the picture.
#[derive(Clone, Copy)]
struct Area {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

impl Area {
    fn middle(self) -> usize {
        self.x + self.width / 2
    }
}

impl Place<'_> {
    fn width(&self) -> usize {
        match self {
            Self::Box { lines, .. } => {
                let longest = lines.iter().map(|(_, text)| text.chars().count()).max();
                longest.unwrap_or_default() * CHARACTER + 2 * LINE
            }
            Self::Passage(_) => 0,
        }
    }

    fn height(&self) -> usize {
        match self {
            Self::Box { lines, .. } => (lines.len() + 1) * LINE,
            Self::Passage(_) => 0,
        }
    }
}

/// The picture of these boxes: users above what they use.
pub(super) fn draw(boxes: &Boxes) -> Result<String, String> {
    let layers = layers(boxes)?;
    let arrows = direct_arrows(boxes);
    let rows = rows(boxes, &layers, &arrows)?;
    let row_width = |row: &Vec<Place>| row.iter().map(|place| place.width() + GAP).sum::<usize>() - GAP;
    let width = rows.iter().map(row_width).max().unwrap_or_default() + 2 * MARGIN;

    let mut shapes = String::new();
    let mut paths = vec![Vec::new(); arrows.len()];
    let (mut areas, mut y) = (BTreeMap::new(), MARGIN);
    for row in &rows {
        let height = row.iter().map(Place::height).max().unwrap_or_default();
        let mut x = (width - row_width(row)) / 2;
        for place in row {
            let area = Area { x, y, width: place.width(), height };
            match place {
                Place::Box { name, lines } => {
                    shapes.push_str(&drawn_box(name, lines, area));
                    areas.insert(*name, area);
                }
                Place::Passage(arrow) => paths[*arrow].extend([(x, y), (x, y + height)]),
            }
            x += area.width + GAP;
        }
        y += height + RISE;
    }
    for ((user, used), passages) in arrows.iter().zip(paths) {
        shapes.push_str(&drawn_arrow(areas[user], areas[used], passages));
    }
    let height = y - RISE + MARGIN;
    let description = description(&arrows);
    Ok(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="title description">
  <title id="title">The crates of Company API Keys</title>
  <desc id="description">{description}</desc>
  <style>{STYLE}</style>
  <defs>
    <marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" orient="auto">
      <path class="head" d="M 0 0 L 10 5 L 0 10 z"/>
    </marker>
  </defs>
  <rect class="ground" width="{width}" height="{height}" rx="8"/>
{shapes}</svg>
"#
    ))
}

/// What is in each layer, from the top.
fn rows<'a>(
    boxes: &Boxes,
    layers: &[Vec<&'a str>],
    arrows: &[(&str, &str)],
) -> Result<Vec<Vec<Place<'a>>>, String> {
    let layer_of = |name: &str| layers.iter().position(|layer| layer.contains(&name)).unwrap_or_default();
    let mut rows = Vec::new();
    for (layer, names) in layers.iter().enumerate().rev() {
        let mut names = names.clone();
        // What is outside the project is at the side.
        names.sort_by_key(|name| *name == DYNAMODB);
        let places = names.into_iter().map(|name| Ok(Place::Box { name, lines: lines(name, &boxes[name])? }));
        let mut row = places.collect::<Result<Vec<_>, String>>()?;
        for (arrow, (user, used)) in arrows.iter().enumerate() {
            if layer_of(used) < layer && layer < layer_of(user) {
                row.push(Place::Passage(arrow));
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The lines of text in a box, with their classes.
fn lines(name: &str, content: &Content) -> Result<Vec<(&'static str, String)>, String> {
    let caption = CAPTIONS.iter().find(|(captioned, _)| *captioned == name);
    let (_, caption) = caption.ok_or_else(|| {
        format!(
            "the picture has no caption for {name}: add one to CAPTIONS in xtask/src/architecture/drawing.rs"
        )
    })?;
    let mut lines = vec![("name", name.to_owned()), ("caption", (*caption).to_owned())];
    for inside in &content.crates {
        match lines.last_mut() {
            Some(("inside", line)) if line.len() + inside.len() < LONGEST_LINE => {
                line.push_str(" · ");
                line.push_str(inside);
            }
            _ => lines.push(("inside", inside.clone())),
        }
    }
    Ok(lines)
}

fn drawn_box(name: &str, lines: &[(&str, String)], area: Area) -> String {
    let class = if name == DYNAMODB { "outside" } else { "crate" };
    let Area { x, y, width, height } = area;
    let mut drawn = format!(
        "  <rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\n"
    );
    let mut baseline = y + LINE + 3;
    for (class, text) in lines {
        let middle = area.middle();
        let _ = writeln!(drawn, "  <text class=\"{class}\" x=\"{middle}\" y=\"{baseline}\">{text}</text>");
        baseline += LINE;
    }
    drawn
}

fn drawn_arrow(from: Area, to: Area, passages: Vec<(usize, usize)>) -> String {
    let (from, to) = ((from.middle(), from.y + from.height), (to.middle(), to.y - CLEARANCE));
    let points = [vec![from], passages, vec![to]].concat();
    let points: Vec<_> = points.into_iter().map(|(x, y)| format!("{x},{y}")).collect();
    format!("  <polyline class=\"arrow\" points=\"{}\"/>\n", points.join(" "))
}

/// The picture in words, from the top.
fn description(arrows: &[(&str, &str)]) -> String {
    let mut words = String::from(
        "An arrow leads from a crate to one that it uses. A crate may also use all that follows along its arrows. ",
    );
    for (caption, _) in CAPTIONS {
        let used: Vec<_> =
            arrows.iter().filter(|(user, _)| *user == caption).map(|(_, used)| *used).collect();
        if !used.is_empty() {
            let _ = write!(words, "{caption} uses {}. ", used.join(" and "));
        }
    }
    words.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_past_a_layer_goes_beside_its_boxes() {
        let uses = |uses: &[&str]| Content {
            uses: uses.iter().copied().map(Into::into).collect(),
            ..Content::default()
        };
        let boxes = Boxes::from([
            ("local".into(), uses(&["web", "keys"])),
            ("web".into(), uses(&["store"])),
            ("store".into(), uses(&["domain"])),
            ("keys".into(), uses(&["domain"])),
            ("domain".into(), uses(&[])),
        ]);
        let drawn = draw(&boxes).expect("a picture");
        let points = |line: &str| line.split(' ').filter(|part| part.contains(',')).count();
        let arrows: Vec<_> = drawn.lines().filter(|line| line.contains("polyline")).map(points).collect();
        // From keys, local (to keys and to web), store and web.
        assert_eq!(arrows, [2, 4, 2, 2, 2], "{drawn}");
    }

    #[test]
    fn a_crate_without_a_caption_is_refused() {
        let boxes = Boxes::from([("new".into(), Content::default())]);
        assert!(
            draw(&boxes).expect_err("no caption").contains("CAPTIONS in xtask/src/architecture/drawing.rs")
        );
    }
}
