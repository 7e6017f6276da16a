//! Figures, goal beside figure.

use super::ms;
use serde_json::{Value, json};
use std::{fmt::Write, time::Duration};

/// What a figure is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// No more than this, in the figure's unit.
    AtMost(f64),
    /// No less than this, in the figure's unit.
    AtLeast(f64),
    /// So many times the reference, no less.
    TimesAtLeast(f64),
    /// So many times the reference, no more.
    TimesAtMost(f64),
}

/// One figure.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    what: String,
    figure: f64,
    unit: &'static str,
    reference: Option<(String, f64)>,
    goal: Option<Goal>,
    processor: Option<Duration>,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, figure: f64, unit: &'static str) -> Self {
        Self { what: what.into(), figure, unit, reference: None, goal: None, processor: None }
    }

    /// Beside something measured in the same run, in the same unit.
    pub(crate) fn against(mut self, what: impl Into<String>, figure: f64) -> Self {
        self.reference = Some((what.into(), figure));
        self
    }

    pub(crate) fn goal(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self
    }

    /// What of it the processors worked, all together.
    pub(crate) fn processor(mut self, time: Duration) -> Self {
        self.processor = Some(time);
        self
    }

    fn ratio(&self) -> Option<f64> {
        self.reference.as_ref().map(|(_, reference)| self.figure / reference)
    }

    fn is_met(&self) -> Option<bool> {
        Some(match self.goal? {
            Goal::AtMost(most) => self.figure <= most,
            Goal::AtLeast(least) => self.figure >= least,
            Goal::TimesAtLeast(least) => self.ratio()? >= least,
            Goal::TimesAtMost(most) => self.ratio()? <= most,
        })
    }

    fn goal_text(&self) -> String {
        match self.goal {
            None => String::new(),
            Some(Goal::AtMost(most)) => format!("≤ {} {}", number(most), self.unit),
            Some(Goal::AtLeast(least)) => format!("≥ {} {}", number(least), self.unit),
            Some(Goal::TimesAtLeast(least)) => format!("≥ {} ×", number(least)),
            Some(Goal::TimesAtMost(most)) => format!("≤ {} ×", number(most)),
        }
    }

    fn cells(&self) -> [String; 7] {
        let reference = self.reference.as_ref();
        [
            self.what.clone(),
            format!("{} {}", number(self.figure), self.unit),
            self.goal_text(),
            self.is_met().map_or("", |met| if met { "met" } else { "MISSED" }).to_owned(),
            self.processor.map(|time| format!("{} ms", number(ms(time)))).unwrap_or_default(),
            self.ratio().map(|ratio| format!("{} ×", number(ratio))).unwrap_or_default(),
            reference
                .map(|(what, figure)| format!("{what}: {} {}", number(*figure), self.unit))
                .unwrap_or_default(),
        ]
    }

    fn json(&self, group: &str) -> Value {
        let reference = self.reference.as_ref();
        json!({
            "group": group,
            "what": self.what,
            "figure": self.figure,
            "unit": self.unit,
            "reference": reference.map(|(what, figure)| json!({ "what": what, "figure": figure })),
            "ratio": self.ratio(),
            "processor_ms": self.processor.map(ms),
            "goal": self.goal.map(|_| self.goal_text()),
            "met": self.is_met(),
        })
    }
}

/// All figures of a run, group by group.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<(&'static str, Vec<Row>)>);

impl Table {
    pub(crate) fn add(&mut self, group: &'static str, rows: Vec<Row>) {
        self.0.push((group, rows));
    }

    /// For a person.
    pub(crate) fn text(&self) -> String {
        const HEAD: [&str; 7] = ["", "figure", "goal", "", "processor", "ratio", "against, in the same run"];
        let cells: Vec<[String; 7]> =
            self.0.iter().flat_map(|(_, rows)| rows.iter().map(Row::cells)).collect();
        let mut widths = HEAD.map(|head| head.chars().count());
        for row in &cells {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut text = line(&HEAD.map(str::to_owned), &widths);
        let mut cells = cells.iter();
        for (group, rows) in &self.0 {
            let _ = writeln!(text, "{group}");
            for row in cells.by_ref().take(rows.len()) {
                text += &line(row, &widths);
            }
        }
        text
    }

    /// For a program.
    pub(crate) fn rows_json(&self) -> Vec<Value> {
        self.0.iter().flat_map(|(group, rows)| rows.iter().map(|row| row.json(group))).collect()
    }
}

fn line(cells: &[String; 7], widths: &[usize; 7]) -> String {
    let mut line = String::new();
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let _ = match column {
            // Figures and ratios stand under each other at their right end.
            1 | 4 | 5 => write!(line, "  {cell:>width$}"),
            _ => write!(line, "  {cell:<width$}"),
        };
    }
    format!("{}\n", line.trim_end())
}

/// Three digits that matter, thousands set apart.
fn number(value: f64) -> String {
    let size = value.abs();
    if size < 100.0 {
        let digits = if size < 1.0 {
            3
        } else if size < 10.0 {
            2
        } else {
            1
        };
        let text = format!("{value:.digits$}");
        return if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        };
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
