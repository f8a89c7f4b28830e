// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.export;

import java.math.BigInteger;
import java.util.Map;
import java.util.Optional;
import org.ringwall.host.place.CgroupLabel;
import org.ringwall.loader.model.InstanceName;

/**
 * The counts of one counter and key in one export.
 *
 * @param export the number of the export
 * @param from the end of the previous interval, an instant in UTC; empty in the first export
 * @param to the end of this interval
 * @param epoch the identity of the count; it changes when the count restarts from 0
 * @param key by field; empty for a counter without a key
 * @param cgroup the id of the key's cgroup
 * @param path the last known directory of that cgroup, without control characters
 * @param container the name of the cgroup's container
 * @param values the values by column, cumulative; times in ns of CLOCK_BOOTTIME
 * @param changes the increases in this interval by column, without times
 */
record ExportLine(
        long export,
        String from,
        String to,
        InstanceName instance,
        String counter,
        String epoch,
        Map<String, Object> key,
        Optional<BigInteger> cgroup,
        Optional<String> path,
        Optional<CgroupLabel> label,
        Optional<String> container,
        Map<String, BigInteger> values,
        Map<String, BigInteger> changes) {}
