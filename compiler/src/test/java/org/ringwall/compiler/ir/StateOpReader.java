// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.State;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.value.ByteString;

/** A parser for the words of a {@link StateOp}, which refers to the policy's state by name only. */
final class StateOpReader {
    private final State state;

    StateOpReader(State state) {
        this.state = state;
    }

    /**
     * Parses an operation; empty for any other text.
     *
     * @throws NumberFormatException if an argument is not a number
     */
    Optional<StateOp> read(String text) {
        List<String> words = List.of(text.split(" ", -1));
        List<String> rest = words.subList(1, words.size());
        return switch (words.get(0) + " " + rest.size()) {
            case "store 3", "store 4" ->
                place(rest.get(0))
                        .map(place -> new StateOp.Store(
                                place,
                                at(rest.get(0)),
                                width(rest.get(1)),
                                form(rest.get(2)),
                                rest.size() == 3 ? OptionalLong.empty() : OptionalLong.of(hex(rest.get(3)))));
            case "put_comm 2" ->
                place(rest.get(0))
                        .map(place -> new StateOp.PutComm(
                                place, at(rest.get(0)), rest.get(1).equals("stamped")));
            case "note 2" -> Optional.of(new StateOp.Note(at(rest.get(0)), hex(rest.get(1))));
            case "set_option 1", "set_option 2" ->
                SettableOption.named(rest.get(0))
                        .map(option -> new StateOp.SetOption(
                                option,
                                rest.stream()
                                        .skip(1)
                                        .map(name ->
                                                ByteString.of(HexFormat.of().parseHex(name)))
                                        .findFirst()));
            case "mark 1" -> Optional.of(new StateOp.Mark((int) hex(rest.get(0))));
            case "put_text 3" ->
                Optional.of(new StateOp.PutText(
                        one(StateOp.Text.values(), each -> each.word().equals(rest.get(0))),
                        number(rest.get(1)),
                        number(rest.get(2))));
            case "limit 3" ->
                Optional.of(new StateOp.Limit(
                        number(rest.get(0)), Long.parseLong(rest.get(1)), Long.parseLong(rest.get(2))));
            default -> named(words.get(0), rest);
        };
    }

    private Optional<StateOp> named(String word, List<String> rest) {
        return switch (word + " " + rest.size()) {
            case "covered 2" -> LiveType.named(rest.get(0)).map(type -> new StateOp.Covered(rest.get(1), type));
            case "token 2" ->
                find(state.rates(), Rate::name, rest.get(0))
                        .map(rate -> new StateOp.Token(
                                rate.layout(),
                                !rest.get(1).equals("tested"),
                                rest.get(1).equals("segments")));
            case "entry 1" ->
                find(state.tables(), Table::name, rest.get(0)).map(table -> new StateOp.Entry(table.layout()));
            case "count 2" ->
                find(
                                state.counters().stream()
                                        .flatMap(counter -> counter.layouts().stream())
                                        .toList(),
                                CounterLayout::symbol,
                                rest.get(0))
                        .map(layout -> StateOp.Count.in(
                                layout,
                                state.counters().stream().map(Counter::layout).toList(),
                                rest.get(1).equals("checked")));
            case "reserve 9" ->
                Optional.of(new StateOp.Reserve(header(rest), (int) hex(rest.get(7)), hex(rest.get(8))));
            default -> Optional.empty();
        };
    }

    private static StateOp.Header header(List<String> words) {
        return new StateOp.Header(
                number(words.get(0)),
                Hook.ofWord(words.get(1)).orElseThrow(),
                one(EventKind.values(), kind -> kind.name().equalsIgnoreCase(words.get(2))),
                number(words.get(3)),
                number(words.get(4)),
                words.get(5).equals("monitored"),
                words.get(6).equals("limited"));
    }

    private static <T> Optional<T> find(List<T> all, Function<T, String> name, String wanted) {
        return all.stream().filter(each -> name.apply(each).equals(wanted)).findFirst();
    }

    private static <T> T one(T[] all, Predicate<T> wanted) {
        return Arrays.stream(all).filter(wanted).findFirst().orElseThrow();
    }

    private static Optional<StateOp.Place> place(String text) {
        return Arrays.stream(StateOp.Place.values())
                .filter(place -> text.startsWith(place.word()))
                .findFirst();
    }

    /** Returns the number after the word, as in `frame-512`. */
    private static int at(String text) {
        return Integer.parseInt(text.replaceAll("^[a-z]+", ""));
    }

    private static Width width(String text) {
        return Width.ofBytes(number(text.substring(1)) / 8);
    }

    private static StateOp.Form form(String text) {
        return one(StateOp.Form.values(), form -> form.word().equals(text));
    }

    private static int number(String text) {
        return Integer.parseInt(text);
    }

    private static long hex(String text) {
        return Long.parseUnsignedLong(text.substring(2), 16);
    }
}
