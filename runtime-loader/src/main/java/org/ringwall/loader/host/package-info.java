/**
 * This machine as commands see it: what changes and reads its instances, what its kernel can do,
 * and whether what runs is what was applied.
 *
 * <p>Input: the system interfaces of {@link org.ringwall.loader.host.LoaderHost}. Output: appliers,
 * readers and reports. It must not know command lines.
 */
@NullMarked
package org.ringwall.loader.host;

import org.jspecify.annotations.NullMarked;
