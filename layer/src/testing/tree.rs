//! Where a captured span stands among the others.

use llm_span_contract::suggest;

use super::{CapturedSpan, calls::listing, fail::fail};
use crate::report::Panel;

impl CapturedSpan {
    /// The spans that were opened directly below it, in the order of their opening.
    pub fn children(&self) -> Vec<Self> {
        let is_below = |span: &Self| span.data().parent == Some(self.position());
        self.shared().spans().filter(is_below).collect()
    }

    /// The only span of that name directly below it.
    ///
    /// ```
    /// let calls = llm_span::testing::capture();
    /// tracing::info_span!("invoke_agent tutor").in_scope(|| drop(tracing::info_span!("execute_tool get_weather")));
    ///
    /// let agent = calls.span("invoke_agent tutor");
    /// agent.assert_children(["execute_tool get_weather"]);
    /// assert!(agent.child("execute_tool get_weather").is_closed());
    /// ```
    ///
    /// # Panics
    ///
    /// If there is none, or more than one; the message lists those that are below it.
    #[track_caller]
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        let children = self.children();
        let mut named: Vec<_> = children.iter().filter(|child| child.is_named(name)).cloned().collect();
        match (named.len(), named.pop()) {
            (1, Some(child)) => child,
            (count, _) => {
                let those: Vec<String> = children.iter().map(Self::exported_name).collect();
                let near = suggest::nearest(name, those.iter().map(String::as_str)).filter(|_| count == 0);
                let help = near.map_or_else(String::new, |near| format!("did you mean `{near}`?"));
                fail(self.family(format!("{count} spans `{name}` are directly below span {}, expected one", self.name()), help))
            }
        }
    }

    /// Asserts the names of the spans directly below it, in the order of their opening.
    ///
    /// # Panics
    ///
    /// If there are others, or in another order; the message lists those that are below it.
    #[track_caller]
    pub fn assert_children<'n>(&self, names: impl IntoIterator<Item = &'n str>) {
        let expected: Vec<&str> = names.into_iter().collect();
        let children = self.children();
        let is_so = children.len() == expected.len() && children.iter().zip(&expected).all(|(child, name)| child.is_named(name));
        if !is_so {
            let observed: Vec<String> = children.iter().map(Self::exported_name).collect();
            let observed: Vec<&str> = observed.iter().map(String::as_str).collect();
            let title = format!("below span {} stand {}, expected {}", self.name(), told(&observed), told(&expected));
            fail(self.family(title, String::new()));
        }
    }

    /// A box that lists what is directly below it.
    fn family(&self, title: String, help: String) -> Panel {
        let children = self.children();
        let mut panel = listing(title, &children);
        if children.is_empty() {
            panel.lines = vec!["nothing is directly below it".to_owned()];
        }
        Panel { place: self.place().map(|place| place.to_string()), help, ..panel }
    }
}

fn told(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { format!("`{}`", names.join("`, `")) }
}
