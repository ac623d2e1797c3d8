//! The macros that make tests of the list of cases.

/// Makes a `#[test]` of each case.
#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ({ $attributes:tt $harness:path } $suite:ident $($case:ident)*) => {
        $( $crate::__test! { $attributes $harness, $suite, $case } )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __test {
    ([$($attribute:tt)*] $harness:path, $suite:ident, $case:ident) => {
        #[test]
        $($attribute)*
        fn $case() {
            $crate::run($crate::$suite::$case(&$harness));
        }
    };
}

/// Makes a list of [`Case`](crate::Case)s.
#[doc(hidden)]
#[macro_export]
macro_rules! __list {
    ({} $suite:ident $($case:ident)*) => {
        vec![$( $crate::Case::new(stringify!($case), |harness| Box::pin($crate::$suite::$case(harness))) ),*]
    };
}

/// Makes the module of tests of one suite.
#[doc(hidden)]
#[macro_export]
macro_rules! __suite {
    ($suite:ident $attributes:tt $harness:path; $($ability:ident)*) => {
        mod $suite {
            use super::*;

            $( $crate::__cases! { $suite $ability __tests { $attributes $harness } } )*
        }
    };
}

/// A suite's macro, so that all of them read alike.
macro_rules! suite_macro {
    ($d:tt $name:ident, $suite:ident, $contract:literal, $abilities:literal) => {
        #[doc = concat!("Tests a ", $contract, ": makes a module `", stringify!($suite), "` with a `#[test]` per case.")]
        ///
        #[doc = concat!("Takes the path of a harness, and the abilities that its author vouches for: ", $abilities, ".")]
        /// Attributes before it are put on every test. See the [crate's docs](crate).
        #[macro_export]
        macro_rules! $name {
            ($d(#[$d attribute:meta])* $d harness:path $d(, $d ability:ident)* $d(,)?) => {
                $crate::__suite! { $suite [$d(#[$d attribute])*] $d harness; every $d($d ability)* }
            };
        }
    };
}

suite_macro!($ secret_store_suite, secrets, "`SecretStore`", "`breakable`");
suite_macro!($ token_store_suite, tokens, "`TokenStore`", "`breakable`");
suite_macro!($ nonce_store_suite, nonces, "`NonceStore`", "`breakable`, `durable`, `bounded`");
suite_macro!($ token_admin_suite, token_admin, "`TokenAdmin` that is a `TokenStore` too", "`breakable`, `durable`");
suite_macro!($ secret_admin_suite, secret_admin, "`SecretAdmin` that is a `SecretStore` too", "`breakable`, `durable`");
suite_macro!($ invalidation_suite, invalidations, "store's `Invalidations`, of a `TokenAdmin` and `SecretAdmin`", "`breakable`, `shared`");
suite_macro!($ oauth_suite, oauth, "`ApplicationStore` and `GrantStore`, which keeps tokens too", "`breakable`, `durable`");
