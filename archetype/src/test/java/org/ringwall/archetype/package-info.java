/** Tests of the project that the archetype generates. */
@NullMarked
package org.ringwall.archetype;

import org.jspecify.annotations.NullMarked;
