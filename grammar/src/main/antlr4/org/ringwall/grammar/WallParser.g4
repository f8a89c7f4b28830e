/**
 * The form of a policy. It is read from tokens that a filter has put in order: brackets are balanced, a line end stands
 * only where it ends something, and one stands before and after the `}` of every block and at the end of the file.
 *
 * The error strategy lets an error leave its rule; the innermost `item`, `statement`, `effect` or `testCase` around it reports it
 * and skips to its own end: so each of them has an error of its own at most, and none hides the next one's. Every
 * decision is made on one token, two at most, so that what is expected is known at each. Alternatives that are marked
 * `mistake` are refused by whoever walks the tree.
 */
parser grammar WallParser;

options { tokenVocab = WallLexer; }

policyFile : ( end | item )* EOF ;

end : NL | SEMI ;

item
    : ( policyName | requires | answers | ringSize | inclusion | setDeclaration | predicateDeclaration | param | liveSet | table | counter | rate
      | intentBlock | hookBlock | test | mistakenItem
      )
      end
    ;

policyName : MONITOR? POLICY ident ;

requires : REQUIRES KERNEL version ;

version : INT | DOTTED ;

answers : ANSWER ident ;

ringSize : LOG RING ( BYTES | integer ) ;

setDeclaration : SET ident IS setExpr ;

inclusion : INCLUDE STRING ;

predicateDeclaration : PREDICATE ident IS or ;

param : PARAM ident COLON ident IN scalar DOTDOT scalar IS scalar ;

liveSet : LIVE SET ident COLON ident ( WITHIN setExpr )? MAX integer ;

table : TABLE ident key WITHIN plainSet COLON plainSet MAX integer ( CHOICES integer )? DEFAULT ( DENY | place ) ;

counter : COUNTER ident key? LB ( column ( COMMA column )* COMMA? )? RB ( MAX integer )? LRU? ;

column : ident COLON ident ;

rate : RATE ident ( PER fieldRef ( COMMA fieldRef )* )? PACE ( BURST integer )? ( MAX integer )? ;

key : LS fieldRef ( COMMA fieldRef )* COMMA? RS ;

intentBlock : MONITOR? intent ident? block ;

intent : EGRESS | BIND | SOCKETS | DEVICES | SYSCTL | SOCKOPT | PACKETS ( INGRESS | EGRESS ) ;

hookBlock : MONITOR? ON ident block ;

block : LB ( end | statement )* RB ;

test : TEST sentence LB ( end | testCase )* RB ;

sentence : STRING ;

// mistake: a word that begins no item
mistakenItem
    : ( ~( POLICY | REQUIRES | ANSWER | LOG | INCLUDE | SET | PREDICATE | PARAM | LIVE | TABLE | COUNTER | RATE | MONITOR | EGRESS | BIND
         | SOCKETS | DEVICES | SYSCTL | SOCKOPT | PACKETS | ON | TEST | NL | SEMI | LB | RB
         )
      | braces
      )
      junk*
    ;

junk : ~( NL | SEMI | LB | RB ) | braces ;

braces : LB ( junk | end )* RB ;

statement
    : ( MONITOR? verdict guard? within? effects? | MONITOR? fallback | whenRule | mistakenStatement ) end
    ;

verdict : ALLOW verdictWord? | DENY verdictWord? | REDIRECT destination ;

// A missing port, IPV6 without brackets and names of hosts are mistakes
destination : ( DOTTED | LS IPV6 RS ) ( COLON ( integer | ident ) )? | IPV6 | dotted ( COLON ( integer | ident ) | key )? ;

within : WITHIN ident ( ELSE verdict )? ;

// mistake: `monitor` before it, a guard, a rate, an access after `default allow`
fallback : DEFAULT verdict guard? within? effects? ;

// mistake: no guard, no effects
whenRule : WHEN or? effects? ;

// mistake: a word that begins no rule
mistakenStatement : ( ~( ALLOW | DENY | REDIRECT | MONITOR | DEFAULT | WHEN | NL | SEMI | LB | RB ) | braces ) junk* ;

// No effect between the braces is a mistake where a rule has them
effects : LB ( end | effect )* RB ;

effect
    : ( assignment | reply | setOption | log | because | count | answered | mistakenEffect ) end
    ;

log : LOG ( AT MOST PACE )? because? ;

because : BECAUSE STRING ;

count : COUNT ident ;

// What a test expects
answered : ANSWER place ;

// EQ is a mistake
assignment : ASSIGN fieldRef ( IS | EQ ) value ;

reply : REPLY value ;

setOption : SETSOCKOPT ident IS value ;

// mistake: a word that begins no effect
mistakenEffect : ( ~( ASSIGN | REPLY | SETSOCKOPT | LOG | BECAUSE | COUNT | ANSWER | NL | SEMI | LB | RB ) | braces ) junk* ;

guard : IF or ;

or : and ( OR and )* ;

and : unary ( AND unary )* ;

unary : NOT* primary ;

primary : LP or RP | atom | reversed ;

atom : fieldRef ( comparison value | NOT? ( IN | match ) setExpr )? ;

fieldRef : dotted ( LP integer RP )? ;

match : PREFIX | SUFFIX | GLOB ;

// IS is a mistake
comparison : EQ | NE | LT | LE | GT | GE | IS ;

// mistake: the constant stands on the left
reversed : ( literal | STRING ) ( comparison fieldRef )? ;

setExpr : setTerm ( EXCEPT setTerm )* ;

setTerm : LB ( element ( COMMA element )* COMMA? )? RB | element ;

// Without devices and options, so that a colon behind it is not part of it
plainSet : plainTerm ( EXCEPT plainTerm )* ;

plainTerm : LB ( element ( COMMA element )* COMMA? )? RB | listFile | scalar ( DOTDOT scalar )? ;

// A device is not an end of a range, since its own numbers have ranges, and neither is a socket option.
element : listFile | device | numberedOption | scalar ( DOTDOT scalar )? ;

// Entries one a line, in a file of their own
listFile : FILE STRING ;

value : device | numberedOption | scalar ;

numberedOption : ( ident | integer ) COLON integer ;

scalar : literal | STRING | dotted ;

literal : INT | HEX | DOTTED | IPV6 ;

device : ( CHAR | BLOCK ) deviceNumber COLON deviceNumber ;

deviceNumber : STAR | integer ( DOTDOT integer )? ;

integer : INT | HEX ;

testCase
    : ( after? attempt bindings? identity? ARROW verdict because? effects? | mistakenCase ) end
    ;

after : AFTER DURATION ;

// mistake: a word that begins no attempt
mistakenCase
    : ( ~( CONNECT | SEND | BIND | SOCKET | OPEN | MKNOD | READ | WRITE | RECEIVE | PEERNAME | SOCKNAME | BOUND | CLOSE
         | GETSOCKOPT | SETSOCKOPT | PACKET | EVENT | AFTER | NL | SEMI | LB | RB )
      | braces
      )
      junk*
    ;

attempt
    : ( CONNECT | SEND | BIND | RECEIVE | PEERNAME | SOCKNAME | BOUND ) ident endpoint
    | ( SOCKET | CLOSE ) ident ident protocol?
    | OPEN deviceNode ident
    | MKNOD deviceNode
    | ( READ | WRITE ) STRING ( IS argument )?
    | GETSOCKOPT socketOption
    | SETSOCKOPT socketOption ( IS argument )?
    | PACKET ( INGRESS | EGRESS ) protocol endpoint localEnd? option*
    | EVENT ident endpoint localEnd? option*
    ;

protocol : ident | integer ;

deviceNode : STRING | device ;

socketOption : ident | integer COLON integer ;

// A missing port, IPV6 without brackets and names are mistakes: but ICMP has no port, and Unix sockets have a STRING
endpoint : ( DOTTED | LS IPV6 RS ) ( COLON integer )? | IPV6 | dotted ( COLON integer )? | STRING ;

localEnd : LOCAL endpoint ;

option : word argument? ;

argument : literal | STRING ;

bindings : WITH binding ( COMMA binding )* ;

binding : ident ( LS value ( COMMA value )* COMMA? RS )? IS content ;

content : LB ( member ( COMMA member )* COMMA? )? RB | member ;

member : place | element ;

place : ( DOTTED | LS IPV6 RS ) COLON integer ;

identity : AS attribute+ ;

attribute : ident integer? argument ;

dotted : ident ( DOT ident )* ;

ident : plain | WITH | AS | LOCAL | WITHIN | ELSE | BECAUSE ;

// What can stand behind an attempt without beginning the next part of its line
word : plain | WITHIN | ELSE | BECAUSE ;

// What can stand behind a verdict without beginning the next part of its line
verdictWord : plain | WITH | AS | LOCAL ;

plain
    : IDENT | POLICY | REQUIRES | KERNEL | SET | PARAM | INCLUDE | PREDICATE | FILE | ON | TEST | CHAR | BLOCK | EGRESS
    | BIND | SOCKETS | DEVICES
    | SYSCTL | CONNECT | SEND | SOCKET | OPEN | MKNOD | READ | WRITE | PACKETS | INGRESS | SOCKOPT | WHEN | ASSIGN | REPLY
    | PREFIX | SUFFIX | GLOB | RECEIVE | PEERNAME | SOCKNAME | BOUND | CLOSE | GETSOCKOPT | SETSOCKOPT | PACKET | EVENT
    | LIVE | TABLE | COUNTER | RATE | MAX | CHOICES | LRU | PER | BURST | MONITOR | REDIRECT | LOG | RING | AT | MOST | COUNT | AFTER
    | ANSWER
    ;
