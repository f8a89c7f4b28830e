/**
 * The words of a policy. Literal tokens are looser than the language (an octet of 300, a prefix of 99 pass), so that
 * the checker can say what is wrong with them; the longest match decides between them. Error tokens at the end stand
 * for the usual mistakes, so that each has a message of its own.
 */
lexer grammar WallLexer;

// Hard keywords: they begin or continue a rule, and nothing can be named so.
ALLOW : 'allow' ;
DENY : 'deny' ;
DEFAULT : 'default' ;
IF : 'if' ;
AND : 'and' ;
OR : 'or' ;
NOT : 'not' ;
IN : 'in' ;
EXCEPT : 'except' ;

// Soft keywords: `ident` in the parser lists them again, so that they can be names too.
POLICY : 'policy' ;
REQUIRES : 'requires' ;
KERNEL : 'kernel' ;
SET : 'set' ;
PARAM : 'param' ;
INCLUDE : 'include' ;
PREDICATE : 'predicate' ;
FILE : 'file' ;
ON : 'on' ;
TEST : 'test' ;
WITH : 'with' ;
AS : 'as' ;
CHAR : 'char' ;
BLOCK : 'block' ;
EGRESS : 'egress' ;
BIND : 'bind' ;
SOCKETS : 'sockets' ;
DEVICES : 'devices' ;
SYSCTL : 'sysctl' ;
CONNECT : 'connect' ;
SEND : 'send' ;
SOCKET : 'socket' ;
OPEN : 'open' ;
MKNOD : 'mknod' ;
READ : 'read' ;
WRITE : 'write' ;
PACKETS : 'packets' ;
INGRESS : 'ingress' ;
SOCKOPT : 'sockopt' ;
WHEN : 'when' ;
ASSIGN : 'assign' ;
REPLY : 'reply' ;
PREFIX : 'prefix' ;
SUFFIX : 'suffix' ;
GLOB : 'glob' ;
RECEIVE : 'receive' ;
PEERNAME : 'peername' ;
SOCKNAME : 'sockname' ;
BOUND : 'bound' ;
CLOSE : 'close' ;
GETSOCKOPT : 'getsockopt' ;
SETSOCKOPT : 'setsockopt' ;
PACKET : 'packet' ;
EVENT : 'event' ;
LIVE : 'live' ;
TABLE : 'table' ;
COUNTER : 'counter' ;
RATE : 'rate' ;
MAX : 'max' ;
CHOICES : 'choices' ;
LRU : 'lru' ;
PER : 'per' ;
BURST : 'burst' ;
MONITOR : 'monitor' ;
REDIRECT : 'redirect' ;
WITHIN : 'within' ;
ELSE : 'else' ;
LOG : 'log' ;
RING : 'ring' ;
AT : 'at' ;
MOST : 'most' ;
BECAUSE : 'because' ;
COUNT : 'count' ;
ANSWER : 'answer' ;
AFTER : 'after' ;
LOCAL : 'local' ;

EQ : '==' ;
NE : '!=' ;
LE : '<=' ;
GE : '>=' ;
ARROW : '=>' ;
LT : '<' ;
GT : '>' ;
IS : '=' ;
DOTDOT : '..' ;
DOT : '.' ;
COMMA : ',' ;
COLON : ':' ;
SEMI : ';' ;
STAR : '*' ;
LB : '{' ;
RB : '}' ;
LP : '(' ;
RP : ')' ;
LS : '[' ;
RS : ']' ;

fragment D : [0-9] ;
fragment H : [0-9a-fA-F] ;

INT : D [0-9_]* ;
HEX : '0x' H [0-9a-fA-F_]* ;
// 6.1, 10.0.0.300, 10.0.0.0/33, 10/8
DOTTED : D+ ( ('.' D+)+ ('/' D+)? | '/' D+ ) ;
// At least two colons, so that 136:0 is not one; a dotted tail needs one colon less before it is counted.
IPV6 : ( H* ':' H* ':' [0-9a-fA-F:]* ( D+ '.' D+ '.' D+ '.' D+ )? ) ('/' D+)? ;
IDENT : [A-Za-z_] [A-Za-z0-9_]* ;
STRING : '"' ( ~["\\\r\n] | '\\' ~[\r\n] )* '"' ;

/** `100/s`; the unit is loose. */
PACE : D [0-9_]* '/' [a-z]+ ;
/** `500ms`; a mistake but behind `after`. */
DURATION : D [0-9_]* ( 'ns' | 'us' | 'ms' | 's' | 'm' | 'h' ) ;
/** `4M`; a mistake but behind `log ring`. */
BYTES : D [0-9_]* [KM] ;

// Error tokens.
/** `10k`, `0xzz`: begins as a number and does not go on as one. */
BADNUMBER : D [0-9A-Za-z_]* ;
/** `my-host`, `a.my-host.example`, `80-90`: a dash between letters or digits. */
DASHED : [A-Za-z0-9_] [A-Za-z0-9_.]* '-' [A-Za-z0-9_.-]* ;
/** A path without quotes. */
BAREPATH : '/' [A-Za-z_] [A-Za-z0-9_/.*-]* ;
OPENSTRING : '"' ( ~["\\\r\n] | '\\' ~[\r\n] )* '\\'? ;
BLOCKCOMMENT : '/*' .*? ( '*/' | EOF ) ;
HASHCOMMENT : '#' ~[\r\n]* ;
ANDAND : '&&' | '&' ;
OROR : '||' | '|' ;
BANG : '!' ;
UNEQUAL : '<>' | '!==' ;
IDENTICAL : '===' ;
THINARROW : '->' ;

COMMENT : '//' ~[\r\n]* -> channel(HIDDEN) ;
NL : '\r'? '\n' | '\r' ;
WS : [ \t\uFEFF]+ -> channel(HIDDEN) ;
BAD : . ;
