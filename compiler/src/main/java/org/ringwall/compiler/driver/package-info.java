/**
 * The compiler as a list of stages, for the command line, the Maven plugin and tests alike.
 *
 * <p>Comes in: policy text and settings. Goes out: diagnostics, and every stage's value up to the ELF bytes. Must not
 * print, read files or end the process.
 */
@NullMarked
package org.ringwall.compiler.driver;

import org.jspecify.annotations.NullMarked;
