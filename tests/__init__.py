"""The tests of Steelyard; a package, because a dependency installs one of the same name."""
