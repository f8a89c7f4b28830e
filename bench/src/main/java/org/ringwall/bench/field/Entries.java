// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiConsumer;
import org.ringwall.bench.rules.AddressRules;
import org.ringwall.bench.rules.DeviceRule;
import org.ringwall.bench.rules.DeviceRules;
import org.ringwall.bench.rules.PortRules;
import org.ringwall.bench.rules.Prefix;
import org.ringwall.bench.rules.RuleList;
import org.ringwall.bench.rules.SysctlRules;
import org.ringwall.bench.rules.TupleRule;
import org.ringwall.bench.rules.TupleRules;
import org.ringwall.bpf.object.Bytes;

/**
 * The entries of the maps of the C programs, in the layout of their keys, with values of 4 bytes.
 */
final class Entries {
    private static final int NAME = 64;

    private Entries() {}

    /** Keys: `u32 port`. */
    static PlainMap.Fill ports(RuleList rules) {
        return fill(((PortRules) rules).ports(), 4, (key, port) -> key.putInt(port), port -> 1);
    }

    /** Keys: `u32 length; u32 ip` or `u32 length; u32 ip[4]`, the address in network byte order. */
    static PlainMap.Fill prefixes(RuleList rules) {
        AddressRules addresses = (AddressRules) rules;
        return fill(
                addresses.prefixes(),
                addresses.six() ? 20 : 8,
                (key, prefix) -> prefix(key.putInt(prefix.length()), prefix),
                prefix -> 1);
    }

    /** Keys: `u32 ip`, in network byte order. */
    static PlainMap.Fill addresses(RuleList rules) {
        return fill(((AddressRules) rules).prefixes(), 4, Entries::prefix, prefix -> 1);
    }

    private static void prefix(ByteBuffer key, Prefix prefix) {
        key.put(prefix.base().bytes());
    }

    /** Keys: `u32 type; u32 major; u32 minor`. Values: the permitted access. */
    static PlainMap.Fill devices(RuleList rules) {
        List<DeviceRule> named = ((DeviceRules) rules).rules();
        return fill(
                named,
                12,
                (key, rule) -> key.putInt(rule.type())
                        .putInt(rule.major().orElseThrow())
                        .putInt(rule.minor().orElseThrow()),
                DeviceRule::access);
    }

    /** Keys: `u32 length; char name[64]`, the length in bits. */
    static PlainMap.Fill names(RuleList rules) {
        return fill(
                ((SysctlRules) rules).prefixes(),
                4 + NAME,
                (key, prefix) -> {
                    byte[] text = prefix.getBytes(StandardCharsets.UTF_8);
                    key.putInt(8 * text.length).put(text).put(new byte[NAME - text.length]);
                },
                prefix -> 1);
    }

    /**
     * Keys: `u32 length; u16 protocol; u16 port; u32 ip`, port and address in network byte order.
     * Values: the verdict.
     */
    static PlainMap.Fill tuples(RuleList rules) {
        List<TupleRule> all = ((TupleRules) rules).rules();
        return fill(
                all,
                12,
                (key, rule) -> {
                    key.putInt(32 + rule.prefix().length()).putShort((short) (rule.tcp() ? 6 : 17));
                    key.put((byte) (rule.port() >>> 8)).put((byte) rule.port());
                    prefix(key, rule.prefix());
                },
                rule -> rule.allow() ? 1 : 0);
    }

    private static <T> PlainMap.Fill fill(
            List<T> rules, int keySize, BiConsumer<ByteBuffer, T> key, java.util.function.ToIntFunction<T> value) {
        ByteBuffer keys = ByteBuffer.allocate(rules.size() * keySize).order(ByteOrder.nativeOrder());
        ByteBuffer values = ByteBuffer.allocate(rules.size() * 4).order(ByteOrder.nativeOrder());
        for (T rule : rules) {
            key.accept(keys, rule);
            values.putInt(value.applyAsInt(rule));
        }
        return new PlainMap.Fill(Bytes.of(keys.flip()), Bytes.of(values.flip()));
    }
}
