/**
 * Tests in a systemd that boots: the units of the package, drop-ins for units of others, and
 * docs/systemd.md. Everything that depends on the order in which systemd starts units, and on the
 * cgroups that it makes and removes, is tested here and nowhere else.
 */
@NullMarked
package org.ringwall.conformance.systemd;

import org.jspecify.annotations.NullMarked;
