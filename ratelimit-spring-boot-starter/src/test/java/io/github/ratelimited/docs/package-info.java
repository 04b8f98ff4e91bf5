/**
 * The pages are read here as code is: each block of README.md, CONTRIBUTING.md and docs/ is found in a source that is
 * compiled, loaded by an application, parsed, or is a command that there is. The classes whose names end with Code are
 * what the pages show.
 */
package io.github.ratelimited.docs;
