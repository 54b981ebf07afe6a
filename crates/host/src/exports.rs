//! What the component exports, looked up when it is called.
//!
//! wasmtime compares a function's types with the component's each time that it is looked up. Doing so for all functions is
//! a good part of what making an instance takes, of which most calls need one function: so an instance looks at one
//! interface, when it is first called.

use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

use crate::bindings::exports::connectors::stripe::{actions, catalog, connection, entities};
use crate::state::State;

macro_rules! interfaces {
    ($($interface:ident),+) => {
        /// A component that is ready to be instantiated, and where its exports are.
        pub(crate) struct Prepared {
            pub(crate) component: InstancePre<State>,
            $($interface: $interface::GuestIndices,)+
        }

        impl Prepared {
            /// Refuses a component that does not export all of them.
            pub(crate) fn new(component: InstancePre<State>) -> wasmtime::Result<Self> {
                Ok(Self { $($interface: $interface::GuestIndices::new(&component)?,)+ component })
            }
        }

        /// The exports of one instance, as far as they were called.
        pub(crate) struct Exports {
            instance: Instance,
            $($interface: Option<$interface::Guest>,)+
        }

        impl Exports {
            pub(crate) fn of(instance: Instance) -> Self {
                Self { instance, $($interface: None,)+ }
            }

            $(pub(crate) fn $interface(
                &mut self,
                prepared: &Prepared,
                store: &mut Store<State>,
            ) -> wasmtime::Result<&$interface::Guest> {
                let found = match self.$interface.take() {
                    Some(known) => known,
                    None => prepared.$interface.load(store, &self.instance)?,
                };
                Ok(self.$interface.insert(found))
            })+
        }
    };
}

interfaces!(actions, catalog, connection, entities);
