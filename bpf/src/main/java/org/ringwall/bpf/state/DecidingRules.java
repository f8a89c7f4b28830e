// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.object.ObjectWriter;

/**
 * The debug section {@value #SECTION} of an object (docs/abi.md section 1): programs that no kernel
 * runs, which return the number of the rules that decide a request, digit by digit. The programs of
 * a policy cannot show that, since they test nothing on which only the rule depends.
 *
 * @param rules the rules of the policy, each as {@code FILE:LINE:COLUMN}, a tab, the text
 * @param hooks the outcomes of each hook that has such programs
 * @param digits the object of each digit, from the lowest; it has programs for the hooks that need
 *     it
 */
public record DecidingRules(List<String> rules, Map<Hook, Outcomes> hooks, List<BpfObject> digits) {
    /** The name of the section; tools ignore sections whose names begin with {@code .debug_}. */
    public static final String SECTION = ".debug_ringwall";

    private static final int VERSION = 1;
    private static final int MOST = 1 << 20;

    /** The digits are the errnos from 1 on, all of which have a name. */
    private static final int ERRNOS = 40;

    /** The maximum size of a section after decompression, in bytes. */
    private static final int LARGEST = 64 << 20;

    public DecidingRules {
        rules = List.copyOf(rules);
        EnumMap<Hook, Outcomes> copy = new EnumMap<>(Hook.class);
        copy.putAll(hooks);
        hooks = Collections.unmodifiableMap(copy);
        digits = List.copyOf(digits);
    }

    /**
     * The outcomes of a hook by number, each the indices of its rules: the one that denies, or one
     * of each block that allows and those without a verdict. Outcome 0 is that of no rule.
     *
     * @param byErrno whether a digit is an errno less 1, and not only one bit
     */
    public record Outcomes(boolean byErrno, List<List<Integer>> rules) {
        public Outcomes {
            rules = rules.stream().map(List::copyOf).toList();
        }

        /** Returns how many programs the number of an outcome needs. */
        public int digits() {
            int count = 0;
            for (int rest = rules.size() - 1; rest > 0; rest /= radix(byErrno)) {
                count++;
            }
            return count;
        }

        /** Returns the digit of an outcome's number at a position from 0. */
        public int digit(int outcome, int position) {
            int rest = outcome;
            for (int i = 0; i < position; i++) {
                rest /= radix(byErrno);
            }
            return rest % radix(byErrno);
        }

        /**
         * Returns the outcome of these results of the programs, each 0 or a negative errno.
         *
         * @throws IllegalArgumentException if no outcome has that number
         */
        public List<Integer> of(List<Integer> results) {
            long number = 0;
            for (int i = results.size() - 1; i >= 0; i--) {
                int result = results.get(i);
                int digit = byErrno ? digit(-result) : result == 0 ? 0 : 1;
                number = number * radix(byErrno) + digit;
            }
            if (number >= rules.size()) {
                throw new IllegalArgumentException("no outcome has the number " + number);
            }
            return rules.get((int) number);
        }

        private static int digit(int errno) {
            if (errno < 0 || errno > ERRNOS) {
                throw new IllegalArgumentException("no digit is the errno " + errno);
            }
            // A program that allows has not reached the diagram.
            return Math.max(0, errno - 1);
        }
    }

    /** Returns the number of values of a digit. */
    public static int radix(boolean byErrno) {
        return byErrno ? ERRNOS : 2;
    }

    /** Returns the bytes of the section. */
    public byte[] write() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes, deflater))) {
            out.writeInt(VERSION);
            out.writeInt(rules.size());
            for (String rule : rules) {
                write(out, rule.getBytes(StandardCharsets.UTF_8));
            }
            out.writeInt(hooks.size());
            for (Map.Entry<Hook, Outcomes> hook : hooks.entrySet()) {
                write(out, hook.getKey().word().getBytes(StandardCharsets.UTF_8));
                out.writeBoolean(hook.getValue().byErrno());
                out.writeInt(hook.getValue().rules().size());
                for (List<Integer> outcome : hook.getValue().rules()) {
                    out.writeInt(outcome.size());
                    for (int rule : outcome) {
                        out.writeInt(rule);
                    }
                }
            }
            out.writeInt(digits.size());
            for (BpfObject digit : digits) {
                write(out, ObjectWriter.write(digit));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /**
     * Returns the section of an object file; empty if it has none, or one of another version.
     *
     * @throws ObjectFormatException if it cannot be read
     */
    public static Optional<DecidingRules> read(byte[] file) throws ObjectFormatException {
        Optional<byte[]> content = ObjectReader.section(file, SECTION);
        try {
            return content.isEmpty() ? Optional.empty() : parse(content.get());
        } catch (IOException | IllegalArgumentException e) {
            throw new ObjectFormatException("section `" + SECTION + "` cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Returns the number of rules that the section of an object file lists; empty if it has none.
     *
     * @throws ObjectFormatException if it cannot be read
     */
    public static OptionalInt count(byte[] file) throws ObjectFormatException {
        Optional<byte[]> content = ObjectReader.section(file, SECTION);
        if (content.isEmpty()) {
            return OptionalInt.empty();
        }
        try (DataInputStream in =
                new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(content.get())))) {
            return in.readInt() == VERSION ? OptionalInt.of(count(in)) : OptionalInt.empty();
        } catch (IOException e) {
            throw new ObjectFormatException("section `" + SECTION + "` cannot be read: " + e.getMessage(), e);
        }
    }

    private static Optional<DecidingRules> parse(byte[] bytes) throws IOException, ObjectFormatException {
        byte[] plain;
        try (InflaterInputStream inflated = new InflaterInputStream(new ByteArrayInputStream(bytes))) {
            plain = inflated.readNBytes(LARGEST);
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(plain));
        if (in.readInt() != VERSION) {
            return Optional.empty();
        }
        List<String> rules = new ArrayList<>();
        for (int rest = count(in); rest > 0; rest--) {
            rules.add(text(in));
        }
        Map<Hook, Outcomes> hooks = new EnumMap<>(Hook.class);
        for (int rest = count(in); rest > 0; rest--) {
            String word = text(in);
            Outcomes outcomes = outcomes(in, rules.size());
            Hook.ofWord(word).ifPresent(hook -> hooks.put(hook, outcomes));
        }
        List<BpfObject> digits = new ArrayList<>();
        for (int rest = count(in); rest > 0; rest--) {
            digits.add(ObjectReader.read(bytes(in)));
        }
        return Optional.of(new DecidingRules(rules, hooks, digits));
    }

    private static Outcomes outcomes(DataInputStream in, int rules) throws IOException {
        boolean byErrno = in.readBoolean();
        List<List<Integer>> outcomes = new ArrayList<>();
        for (int rest = count(in); rest > 0; rest--) {
            List<Integer> outcome = new ArrayList<>();
            for (int more = count(in); more > 0; more--) {
                int rule = in.readInt();
                if (rule < 0 || rule >= rules) {
                    throw new EOFException("there is no rule " + rule);
                }
                outcome.add(rule);
            }
            outcomes.add(outcome);
        }
        return new Outcomes(byErrno, outcomes);
    }

    private static int count(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > MOST) {
            throw new EOFException("a count of " + count);
        }
        return count;
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(bytes(in), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new EOFException("a length of " + length);
        }
        return in.readNBytes(length);
    }
}
