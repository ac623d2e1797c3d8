//! Formats whose requests do not name a key.

/// Declares such a format: the store is asked for the same key id every time.
macro_rules! keyless {
    ($(#[$doc:meta])* $name:ident, $key_id:literal) => {
        $(#[$doc])*
        ///
        /// There is no key id in the request. The store is asked for the key id
        #[doc = concat!("`", $key_id, "`, or the one given.")]
        #[derive(Clone, Debug)]
        pub struct $name {
            key_id: countersign_core::KeyId,
        }

        impl $name {
            #[doc = concat!("Requests whose secret has the key id `", $key_id, "`.")]
            #[must_use]
            pub fn new() -> Self {
                Self { key_id: countersign_core::KeyId::new($key_id).expect("a short name is a key id") }
            }

            /// Requests whose secret has this key id.
            #[must_use]
            pub fn with_key_id(mut self, key_id: countersign_core::KeyId) -> Self {
                self.key_id = key_id;
                self
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
    };
}

pub(super) use keyless;
