module gatehouse.invalid/bench/hydra

go 1.24

// Hydra's own module names this fork, and the replacements of a dependency do not count.
replace github.com/gobuffalo/pop/v6 => github.com/ory/pop/v6 v6.2.1-0.20241121111754-e5dfc0f3344b
