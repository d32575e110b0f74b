"""What a peer may take: seconds, bytes and numbers. Whoever wants more is answered, or simply closed, and nobody else waits for it."""

HEAD = 15.0  # seconds for a TLS handshake and the head of the first request together, and for each later head from its first byte
BODY = 30.0  # seconds for the body behind a head
IDLE = 75.0  # seconds between two requests; more than the minute for which proxies keep a connection
WRITE = 30.0  # seconds in which an answer has to be taken
LINGER = 2.0  # seconds in which what a refused peer still sends is dropped, so that it can read the answer
LAST_WORD = 1.0  # seconds in which who has just come to a worker that is told to end may still ask
FAREWELL = 10.0  # seconds in which a worker that is told to end finishes its requests

LARGEST_READ = 64 * 1024  # bytes at a time
LARGEST_HEAD = 96 * 1024  # bytes of a request line and its headers; what of it is refused politely is for `base.bounds`
LARGEST_FRAMED = 2 * 1024 * 1024  # bytes of a request with all that is around the chunks of its body
MOST_HEADERS = 100
MOST_PIPELINED = 16  # requests that wait behind the one that is answered
MOST_WAITING = 256  # requests that wait for a thread, in one worker
MOST_HELD = 64 * 1024 * 1024  # bytes of unfinished requests and of answers not taken, in one worker
LONGEST_WAIT = 10.0  # seconds that they wait
MOST_CONNECTIONS = 8192  # of one worker, where the system allows as many files
OTHER_FILES = 64  # that a worker has open besides, and four for each of its threads
FEWEST_CONNECTIONS = 16
