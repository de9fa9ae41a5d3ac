//! Highwater: the page, and the pure layers under it.
