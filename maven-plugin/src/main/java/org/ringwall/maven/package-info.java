/**
 * The compiler as a goal of a Maven build.
 *
 * <p>Comes in: the goal's configuration. Goes out: objects and log lines; an error in a policy fails the build. Must not
 * know how any stage works.
 */
@NullMarked
package org.ringwall.maven;

import org.jspecify.annotations.NullMarked;
