"""What people answer: questionnaires, needs, and nothing that tells of few of them."""
