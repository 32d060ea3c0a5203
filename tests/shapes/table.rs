//! The table in the documentation: every cell names a test that exists, and every test stands in a cell.

use std::{collections::BTreeSet, fs, path::Path};

const PAGE: &str = include_str!("../../layer/src/call/shapes.md");

/// Its columns, by the names of the tests in them.
const COLUMNS: [&str; 4] = ["tokens", "outcome", "first_chunk", "span_end"];

/// The rows of the table: a shape, and its cells.
fn rows() -> Vec<(&'static str, Vec<&'static str>)> {
    let rows = PAGE.lines().filter(|line| line.starts_with('|') && !line.contains("---"));
    let cells = |row: &'static str| row.trim_matches('|').split('|').map(str::trim);
    rows.skip(1)
        .map(|row| {
            let mut cells = cells(row);
            (cells.next().unwrap(), cells.collect())
        })
        .collect()
}

/// The test that a cell names.
fn named(cell: &str) -> Option<&str> {
    cell.split('`').skip(1).step_by(2).find(|code| code.contains("::"))
}

/// The tests of these modules, as `module::test`, but for those of the table itself.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("shapes")).unwrap() {
        let file = file.unwrap().path();
        let module = file.file_stem().unwrap().to_str().unwrap().to_owned();
        if module != "table" {
            tests.extend(tests_of(&fs::read_to_string(&file).unwrap()).map(|test| format!("{module}::{test}")));
        }
    }
    tests
}

/// The functions that stand below `#[test]` or `#[tokio::test]`.
fn tests_of(source: &str) -> impl Iterator<Item = &str> {
    let lines = source.lines().zip(source.lines().skip(1));
    lines.filter(|(attribute, _)| ["#[test]", "#[tokio::test]"].contains(attribute)).map(|(_, function)| {
        let name = function.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
        name.unwrap_or_else(|| panic!("no function: {function}")).0
    })
}

#[test]
fn every_test_stands_in_a_cell_and_every_cell_names_a_test() {
    let tests = tests();
    let cells = rows().iter().flat_map(|(_, cells)| cells).filter_map(|cell| named(cell)).collect::<Vec<_>>();
    let in_table = cells.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(in_table.len(), cells.len(), "a test stands in two cells");
    let difference = in_table.symmetric_difference(&tests).collect::<Vec<_>>();
    assert!(difference.is_empty(), "in the table or among the tests, not in both: {difference:?}");
    assert!(tests.len() >= 16 * 3, "{tests:?}");
}

#[test]
fn a_row_is_one_shape_and_a_column_one_claim() {
    for (shape, cells) in rows() {
        assert_eq!(cells.len(), COLUMNS.len(), "{shape}");
        let modules = cells.iter().filter_map(|cell| named(cell)?.split_once("::")).map(|(module, _)| module);
        assert_eq!(modules.collect::<BTreeSet<_>>().len(), 1, "{shape}");
        for (cell, column) in cells.iter().zip(COLUMNS) {
            match named(cell) {
                Some(test) => assert!(test.ends_with(&format!("::{column}")), "{shape}: {cell}"),
                None => assert_eq!((*cell, column), ("–", "first_chunk"), "{shape}"),
            }
        }
    }
}
