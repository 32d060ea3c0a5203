//! The callsites of calls without the attribute, one an operation.

use llm_span_contract::Operation;

use super::request::{AGENT, DATA_SOURCE, FIELDS, TOOL, WORKFLOW};
use crate::call::{
    private::{DefaultCallsite, Level, Metadata, metadata},
    site::{Naming, Site},
};

macro_rules! sites {
    ($($operation:ident as $naming:expr;)*) => {
        /// The callsite of calls of that operation.
        pub(super) fn of(operation: Operation) -> &'static Site {
            match operation {
                $(Operation::$operation => {
                    static METADATA: Metadata<'static> = metadata(
                        Operation::$operation.span_name(),
                        "llm_span::call",
                        Level::INFO,
                        (file!(), line!(), module_path!()),
                        &FIELDS,
                        &CALLSITE,
                    );
                    static CALLSITE: DefaultCallsite = DefaultCallsite::new(&METADATA);
                    static SITE: Site = Site::new(&CALLSITE, &METADATA, Operation::$operation).named($naming);
                    &SITE
                })*
                _ => of(Operation::Chat),
            }
        }
    };
}

sites! {
    Chat as Naming::Plain;
    TextCompletion as Naming::Plain;
    GenerateContent as Naming::Plain;
    Embeddings as Naming::Model;
    Retrieval as Naming::Field(DATA_SOURCE);
    CreateAgent as Naming::Field(AGENT);
    InvokeAgent as Naming::Field(AGENT);
    ExecuteTool as Naming::Field(TOOL);
    InvokeWorkflow as Naming::Field(WORKFLOW);
}
